import { backlog } from '../../escalation/outbox/outbox-store.ts'
import { partOfInventory } from '../../inventory/part-of-inventory.ts'
import { recentRuns } from '../../runs/run-store.ts'
import type { Message } from '../../slack/message.ts'
import {
  helpMessage,
  hostsMessage,
  noticeMessage,
  runbooksMessage,
  statusMessage,
} from '../../slack/messages/command-answers.ts'
import { unwrap } from '../../slack/typed-text.ts'
import { readSolved } from '../../threads/views/solved.ts'
import type { Capabilities } from '../capabilities.ts'
import { chooseTopic } from '../choose-topic.ts'
import { openDiagnoseForm } from '../diagnose-form/fill-diagnose-form.ts'
import { diagnoseFleet } from '../fleet/diagnose-fleet.ts'
import { statusOfFleets } from '../fleet/status-of-fleets.ts'
import type { SlackRequest } from '../guard.ts'
import { type DiagnosisCapabilities, startDiagnosis } from '../start-diagnosis.ts'
import { historyCommand } from './history.ts'
import { knownNamesOf } from './known-names.ts'
import { onCall } from './oncall.ts'
import { type ParsedCommand, parseCommand } from './parse-command.ts'
import type { WatchCommand } from './parse-watch-command.ts'
import { runCommand } from './run-command.ts'
import { listSchedules, scheduleCommand, unscheduleCommand } from './schedule.ts'
import { statsCommand } from './stats.ts'
import { ticketCommand, waitingTickets } from './tickets.ts'
import { listWatches, unwatchCommand, watchCommand } from './watch.ts'
import { unwatchGroup, watchGroup } from './watch-group.ts'
import { whoami } from './whoami.ts'

/** How many runs `/debvisor status` lists. */
const RECENT = 10

/** Runs `/debvisor …`. Only the asker reads the message that it returns; a run answers in the channel by itself. */
export async function slash(bot: Capabilities, request: SlackRequest): Promise<Message | undefined> {
  const { runbooks } = bot
  const command = readCommand(bot, request)
  switch (command.kind) {
    case 'help':
      return helpMessage([...runbooks.topics.values()], command.about)
    case 'form':
      return openDiagnoseForm(bot, request)
    case 'whoami':
      return whoami(bot, request)
    case 'diagnose':
      return startDiagnosis(bot, request, command)
    case 'triage':
      return startTriage(bot, request, command)
    case 'fleet':
      return diagnoseFleet(bot, request, command)
    case 'run':
      return runCommand(bot, request, command)
    case 'history':
      return historyCommand(bot, request, command)
    case 'stats':
      return statsCommand(bot, request, command)
    case 'tickets':
    case 'ticket':
      return ticketCommand(bot, request, command)
    case 'watches':
      return listWatches(bot, request)
    case 'watch':
      return watchCommand(bot, request, command)
    case 'unwatch':
      return unwatchCommand(bot, request, command)
    case 'watch-group':
      return watchGroup(bot, request, command)
    case 'unwatch-group':
      return unwatchGroup(bot, request, command)
    case 'schedules':
      return listSchedules(bot, request)
    case 'schedule':
      return scheduleCommand(bot, request, command)
    case 'unschedule':
      return unscheduleCommand(bot, request, command)
  }
  // A mistake is answered with names of hosts: that is reading too.
  const permit = await request.permit('read', {})
  return permit.allowed ? read(bot, request, command) : noticeMessage(permit.reason)
}

/** What was typed; names are suggested of what the caller may read. */
export const readCommand = (
  { runbooks, hosts }: Pick<Capabilities, 'runbooks' | 'hosts'>,
  { text, may }: Pick<SlackRequest, 'text' | 'may'>,
): ParsedCommand =>
  parseCommand(
    unwrap(text),
    knownNamesOf(runbooks, hosts.inventory, (host) => may('read', { host }).allowed),
  )

/** Whether a command starts or changes something. All others only tell how things are. */
export function hasEffect(
  { runbooks, hosts }: Pick<Capabilities, 'runbooks' | 'hosts'>,
  text: string,
): boolean {
  const command = parseCommand(
    unwrap(text),
    knownNamesOf(runbooks, hosts.inventory, () => true),
  )
  if (command.kind === 'ticket') return command.act.do !== 'show'
  if (command.kind === 'run') return !['why', 'timeline'].includes(command.act)
  return effects.has(command.kind)
}

const effects: ReadonlySet<ParsedCommand['kind']> = new Set([
  'diagnose',
  'triage',
  'fleet',
  'watch',
  'unwatch',
  'watch-group',
  'unwatch-group',
  'schedule',
  'unschedule',
] as const)

type Reading = Exclude<
  ParsedCommand,
  {
    readonly kind:
      | 'help'
      | 'form'
      | 'whoami'
      | 'diagnose'
      | 'triage'
      | 'fleet'
      | 'run'
      | 'history'
      | 'stats'
      | 'tickets'
      | 'ticket'
      | WatchCommand['kind']
  }
>

/** Lists hold what the caller may read. */
async function read(bot: Capabilities, request: SlackRequest, command: Reading): Promise<Message> {
  const { store, runbooks, hosts } = bot
  switch (command.kind) {
    case 'mistake':
      return noticeMessage(command.sentence)
    case 'hosts':
      return hostsMessage(partOfInventory(hosts.inventory, (host) => request.may('read', { host }).allowed))
    case 'oncall':
      return onCall(bot)
    case 'runbooks':
      return runbooksMessage([...runbooks.topics.values()])
    case 'status': {
      const mayRead = ({ host, topic }: { host: string; topic: string }): boolean =>
        request.may('read', { host, topic }).allowed
      const runs = (await recentRuns(store, request.team, RECENT)).filter(mayRead)
      const listed = await Promise.all(
        runs.map(async (run) => ({ run, solved: await readSolved(store, run) })),
      )
      const unsent = await backlog(store, request.team, RECENT)
      const tickets = await waitingTickets(store, request.team)
      const fleets = await statusOfFleets(bot, request)
      return statusMessage(listed, unsent.filter(mayRead), tickets, fleets)
    }
  }
}

async function startTriage(
  bot: DiagnosisCapabilities & Pick<Capabilities, 'runbooks'>,
  request: SlackRequest,
  { host, said }: { readonly host: string; readonly said: string },
): Promise<Message | undefined> {
  const choice = chooseTopic(bot, request, host, said)
  if (!choice) return noticeMessage('There is no runbook to choose from.')
  return startDiagnosis(bot, request, { ...choice, host })
}
