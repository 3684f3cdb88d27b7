import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Run } from '../runs/run.ts'
import { getRun } from '../runs/run-store.ts'
import type { Message, ThreadFile } from '../slack/message.ts'
import { inviteMessage } from '../slack/messages/answers.ts'
import type { Delivery, Posted } from '../slack/transport/delivery.ts'
import type { Db } from '../store/db.ts'
import { messageOf, saveMessage } from '../store/posted-messages.ts'
import { hold } from './post-lock.ts'

export interface PostDeps {
  readonly db: Db
  readonly delivery: Delivery
  readonly log: Logger
}

/**
 * The run's message: posted the first time, updated afterwards. Null where the bot is not in the channel: then the asker alone reads
 * it, with how to invite the bot. `anew`: also where Slack seems to have this very message.
 */
export async function postMain(
  deps: PostDeps,
  run: Run,
  message: Message,
  anew = false,
): Promise<string | null> {
  const thread = await threadOf(deps.db, await ancestorsOf(deps.db, run))
  const posted = await put(deps, run, { channel: run.channel, thread, key: 'main', anew }, message)
  if (posted.ok) return posted.ts
  if (posted.reason !== 'not-in-channel') throw new SlackFailed(posted)
  if (run.responseUrl) {
    await deps.delivery.respond(run.responseUrl, inviteMessage(run.endedAt ? message : undefined))
  }
  return null
}

/** The runs that a re-check looks after, from the nearest to the first, whose fix was the first. */
export async function ancestorsOf(db: Db, run: Run): Promise<Run[]> {
  const above: Run[] = []
  for (let parent = run.parent; parent; ) {
    const next = await getRun(db, parent)
    if (!next) break
    above.push(next)
    parent = next.parent
  }
  return above
}

/** The thread that a re-check belongs to: that of the first run above it. Undefined: the run has one of its own. */
export async function threadOf(db: Db, above: readonly Run[]): Promise<string | undefined> {
  const first = above.at(-1)
  return first && ((await messageOf(db, first.id, 'main'))?.ts ?? undefined)
}

/** A message of the run's thread: posted once, updated when its content changed. */
export async function postKeyed(
  deps: PostDeps,
  run: Run,
  thread: string,
  key: string,
  message: Message,
): Promise<void> {
  const posted = await put(deps, run, { channel: run.channel, thread, key }, message)
  if (!posted.ok) throw new SlackFailed(posted)
}

/** A message of the run's to one person: posted once, updated when its content changed. Resolves with its ts. */
export async function postDirect(
  deps: PostDeps,
  run: Run,
  channel: string,
  key: string,
  message: Message,
): Promise<string> {
  const posted = await put(deps, run, { channel, thread: undefined, key }, message)
  if (!posted.ok) throw new SlackFailed(posted)
  return posted.ts
}

export async function postFile(deps: PostDeps, run: Run, thread: string, file: ThreadFile): Promise<void> {
  const about = { runId: run.id, key: file.key, channel: run.channel }
  const held = await hold(deps.db, about, async () => {
    const sent = await deps.delivery.upload({ channel: run.channel, thread }, file)
    if (sent.ok) await saveMessage(deps.db, { ...about, ts: null, fileId: sent.fileId, hash: null })
    return { there: sent.ok, value: sent }
  })
  const posted = 'busy' in held ? elsewhere : 'value' in held ? held.value : undefined
  if (!posted || posted.ok) return
  // Without files:write the verdict still stands, with its evidence in the thread.
  if (posted.reason === 'refused')
    return deps.log.warn({ detail: posted.detail }, 'Slack refused the output file')
  throw new SlackFailed(posted)
}

interface At {
  readonly channel: string
  readonly thread: string | undefined
  readonly key: string
  readonly anew?: boolean
}

const elsewhere = { ok: false, reason: 'unavailable', detail: 'another process is posting it' } as const

/** Where a crash came between posting and noting, Slack is asked for the message by its key (R14). */
async function put(
  deps: PostDeps,
  run: Run,
  { channel, thread, key, anew }: At,
  message: Message,
): Promise<Posted> {
  const here = { ...run, channel }
  const held = await hold(deps.db, { runId: run.id, key, channel }, async (begun) => {
    const name = { run: run.id, key }
    const found = begun === 'again' ? await deps.delivery.find({ channel, thread }, name) : undefined
    if (found?.ok && found.ts)
      return { there: true, value: await changed(deps, here, key, found.ts, null, message) }
    const posted = await deps.delivery.post({ channel, thread }, message, name)
    if (posted.ok) await keep(deps, here, key, posted.ts, message)
    return { there: posted.ok, value: posted }
  })
  if ('busy' in held) return elsewhere
  if ('value' in held) return held.value
  const { ts, hash } = held.posted
  return ts ? changed(deps, here, key, ts, anew ? null : hash, message) : elsewhere
}

async function changed(...about: Parameters<typeof change>): Promise<Posted> {
  await change(...about)
  return { ok: true, ts: about[3] }
}

async function change(
  deps: PostDeps,
  run: Run,
  key: string,
  ts: string,
  hash: string | null,
  message: Message,
): Promise<void> {
  if (hash === hashOf(message)) return
  const updated = await deps.delivery.update(run.channel, ts, message)
  if (updated.ok) return keep(deps, run, key, ts, message)
  // Somebody deleted the message: there is nothing to keep up to date.
  if (updated.reason !== 'refused') throw new SlackFailed(updated)
  deps.log.warn({ run: run.code, key, detail: updated.detail }, 'Slack refused an update')
}

const keep = (deps: PostDeps, run: Run, key: string, ts: string, message: Message): Promise<void> =>
  saveMessage(deps.db, { runId: run.id, key, channel: run.channel, ts, fileId: null, hash: hashOf(message) })

const hashOf = (message: Message): string =>
  createHash('sha256').update(JSON.stringify(message)).digest('base64url')

type Failed = Extract<Posted, { ok: false }>

/** Ends a job's try; the next one goes on where this one stopped. */
export class SlackFailed extends Error {
  readonly failed: Failed
  constructor(failed: Failed) {
    super(`Slack: ${failed.reason}${failed.detail ? ` (${failed.detail})` : ''}`)
    this.name = 'SlackFailed'
    this.failed = failed
  }
}
