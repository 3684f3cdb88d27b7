import type { Runbooks } from '../../engine/load.ts'
import { triage } from '../../engine/triage.ts'
import { backlog } from '../../escalation/outbox/outbox-store.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { recentRuns } from '../../runs/run-store.ts'
import { startRun } from '../../runs/start-run.ts'
import type { Message } from '../../slack/message.ts'
import {
  helpMessage,
  hostsMessage,
  noticeMessage,
  runbooksMessage,
  statusMessage,
} from '../../slack/messages/answers.ts'
import { unwrap } from '../../slack/text.ts'
import type { Db } from '../../store/db.ts'
import type { Queue } from '../../store/queue.ts'
import type { TicketDeps } from '../actions/ticket.ts'
import type { Ask } from '../guard.ts'
import { type OnCallDeps, onCall } from './oncall.ts'
import { type Meaning, readCommand, type Vocabulary } from './parse-command.ts'
import { ticketCommand, waitingTickets } from './tickets.ts'
import { whoami } from './whoami.ts'

export interface SlashDeps extends OnCallDeps {
  readonly db: Db
  readonly queue: Queue
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly words: Vocabulary
}

/** How many runs `/debvisor status` lists. */
const RECENT = 10

/** `/debvisor …`: what is returned is read by the asker alone; a run answers in the channel by itself. */
export async function slash(deps: SlashDeps & TicketDeps, ask: Ask): Promise<Message | undefined> {
  const meaning = readCommand(unwrap(ask.text), deps.words)
  switch (meaning.kind) {
    case 'help':
      return helpMessage([...deps.runbooks.topics.values()])
    case 'whoami':
      return whoami(deps, ask)
    case 'diagnose':
      return startDiagnosis(deps, ask, meaning.topic, meaning.host)
    case 'triage':
      return startTriage(deps, ask, meaning.host, meaning.said)
    case 'tickets':
    case 'ticket':
      return ticketCommand(deps, ask, meaning)
  }
  // A mistake is answered with names of hosts: that is reading too.
  const permit = await ask.permit('read', {})
  return permit.allowed ? read(deps, ask, meaning) : noticeMessage(permit.reason)
}

type Reading = Exclude<
  Meaning,
  { readonly kind: 'help' | 'whoami' | 'diagnose' | 'triage' | 'tickets' | 'ticket' }
>

/** Lists hold what the caller may read. */
async function read(deps: SlashDeps, ask: Ask, meaning: Reading): Promise<Message> {
  switch (meaning.kind) {
    case 'mistake':
      return noticeMessage(meaning.sentence)
    case 'hosts':
      return hostsMessage(part(deps.inventory, (host) => ask.may('read', { host }).allowed))
    case 'oncall':
      return onCall(deps)
    case 'runbooks':
      return runbooksMessage([...deps.runbooks.topics.values()])
    case 'status': {
      const mayRead = ({ host, topic }: { host: string; topic: string }): boolean =>
        ask.may('read', { host, topic }).allowed
      const runs = await recentRuns(deps.db, ask.team, RECENT)
      const unsent = await backlog(deps.db, ask.team, RECENT)
      const tickets = await waitingTickets(deps.db, ask.team)
      return statusMessage(runs.filter(mayRead), unsent.filter(mayRead), tickets)
    }
  }
}

function part({ hosts, groups }: Inventory, keep: (host: string) => boolean): Inventory {
  const kept = [...groups].map(([group, members]) => [group, members.filter(keep)] as const)
  return {
    hosts: new Map([...hosts].filter(([name]) => keep(name))),
    groups: new Map(kept.filter(([, members]) => members.length > 0)),
  }
}

/** Chooses among the topics that the caller may diagnose there; where there is none, the refusal of one says why. */
async function startTriage(
  deps: SlashDeps,
  ask: Ask,
  host: string,
  said: string,
): Promise<Message | undefined> {
  const all = [...deps.runbooks.topics.values()]
  const allowed = all.filter(({ topic }) => ask.may('diagnose', { host, topic }).allowed)
  const choice = triage(allowed.length > 0 ? allowed : all, said)
  if (!choice) return noticeMessage('There is no runbook to choose from.')
  return startDiagnosis(deps, ask, choice.topic, host, choice.reason)
}

/** Also behind *Check again*. `reason`: why this topic, where nobody named it. */
export async function startDiagnosis(
  deps: SlashDeps,
  ask: Ask,
  topic: string,
  hostName: string,
  reason: string | null = null,
): Promise<Message | undefined> {
  const host = deps.inventory.hosts.get(hostName)
  if (!host) return noticeMessage(`${hostName} is no longer in the inventory; see \`/debvisor hosts\`.`)
  const permit = await ask.permit('diagnose', { host: host.name, topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  await startRun(deps, {
    team: ask.team,
    actor: { kind: 'user', id: ask.user },
    topic,
    reason,
    host,
    channel: ask.channel,
    responseUrl: ask.responseUrl,
    delivery: ask.trigger,
    audit: permit.audit,
  })
  return undefined
}
