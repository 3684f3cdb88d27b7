import type { Runbooks } from '../engine/load.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { Queue } from '../jobs/queue.ts'
import { startRun } from '../jobs/start-run.ts'
import {
  helpMessage,
  hostsMessage,
  noticeMessage,
  runbooksMessage,
  statusMessage,
} from '../slack/blocks/answers.ts'
import type { Message } from '../slack/message.ts'
import { unwrap } from '../slack/text.ts'
import type { Db } from '../store/db.ts'
import { recentRuns } from '../store/runs.ts'
import { readCommand, type Vocabulary } from './command.ts'
import type { Ask } from './door.ts'

export interface SlashDeps {
  readonly db: Db
  readonly queue: Queue
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly words: Vocabulary
}

/** How many runs `/debvisor status` lists. */
const RECENT = 10

/** `/debvisor …`: what is returned is read by the asker alone; a run answers in the channel by itself. */
export async function slash(deps: SlashDeps, ask: Ask): Promise<Message | undefined> {
  const meaning = readCommand(unwrap(ask.text), deps.words)
  switch (meaning.kind) {
    case 'mistake':
      return noticeMessage(meaning.sentence)
    case 'help':
      return helpMessage([...deps.runbooks.topics.values()])
    case 'hosts':
      return hostsMessage(deps.inventory)
    case 'runbooks':
      return runbooksMessage([...deps.runbooks.topics.values()])
    case 'status':
      return statusMessage(await recentRuns(deps.db, ask.team, RECENT))
    case 'diagnose':
      return startDiagnosis(deps, ask, meaning.topic, meaning.host)
  }
}

/** Also behind *Check again*. */
export async function startDiagnosis(
  deps: SlashDeps,
  ask: Ask,
  topic: string,
  hostName: string,
): Promise<Message | undefined> {
  const host = deps.inventory.hosts.get(hostName)
  if (!host) return noticeMessage(`${hostName} is no longer in the inventory; see \`/debvisor hosts\`.`)
  const decision = ask.may('diagnose', host.name)
  if (!decision.allowed) return noticeMessage(decision.reason)
  await startRun(deps, {
    team: ask.team,
    actor: { kind: 'user', id: ask.user },
    topic,
    host,
    channel: ask.channel,
    responseUrl: ask.responseUrl,
    delivery: ask.trigger,
  })
  return undefined
}
