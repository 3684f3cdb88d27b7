import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { inviteMessage } from '../slack/blocks/answers.ts'
import type { Delivery, Posted } from '../slack/delivery.ts'
import type { Message, ThreadFile } from '../slack/message.ts'
import type { Db } from '../store/db.ts'
import { beginMessage, messageOf, type Message as Stored, saveMessage } from '../store/messages.ts'
import type { Run } from '../store/run.ts'
import { getRun } from '../store/runs.ts'

export interface PostDeps {
  readonly db: Db
  readonly delivery: Delivery
  readonly log: Logger
}

/**
 * The run's message: posted the first time, updated afterwards. Null where the bot is not in the channel: then the asker alone reads
 * it, with how to invite the bot.
 */
export async function postMain(deps: PostDeps, run: Run, message: Message): Promise<string | null> {
  const thread = await threadOf(deps.db, await ancestorsOf(deps.db, run))
  const known = await begin(deps, run, 'main', thread)
  if (known.ts) {
    await change(deps, run, 'main', known.ts, known.hash, message)
    return known.ts
  }
  const posted = await deps.delivery.post({ channel: run.channel, thread }, message, {
    run: run.id,
    key: 'main',
  })
  if (posted.ok) {
    await keep(deps, run, 'main', posted.ts, message)
    return posted.ts
  }
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
  const known = await begin(deps, run, key, thread)
  if (known.ts) return change(deps, run, key, known.ts, known.hash, message)
  const posted = await deps.delivery.post({ channel: run.channel, thread }, message, { run: run.id, key })
  if (!posted.ok) throw new SlackFailed(posted)
  await keep(deps, run, key, posted.ts, message)
}

/** A message of the run's to one person: posted once, updated when its content changed. Resolves with its ts. */
export async function postDirect(
  deps: PostDeps,
  run: Run,
  channel: string,
  key: string,
  message: Message,
): Promise<string> {
  const there = { ...run, channel }
  const known = await begin(deps, there, key)
  if (known.ts) {
    await change(deps, there, key, known.ts, known.hash, message)
    return known.ts
  }
  const posted = await deps.delivery.post({ channel }, message, { run: run.id, key })
  if (!posted.ok) throw new SlackFailed(posted)
  await keep(deps, there, key, posted.ts, message)
  return posted.ts
}

export async function postFile(deps: PostDeps, run: Run, thread: string, file: ThreadFile): Promise<void> {
  const { message: known } = await beginMessage(deps.db, run.id, file.key, run.channel)
  if (known.fileId) return
  const posted = await deps.delivery.upload({ channel: run.channel, thread }, file)
  if (!posted.ok) {
    // Without files:write the verdict still stands, with its evidence in the thread.
    if (posted.reason === 'refused')
      return deps.log.warn({ detail: posted.detail }, 'Slack refused the output file')
    throw new SlackFailed(posted)
  }
  const about = { runId: run.id, key: file.key, channel: run.channel }
  await saveMessage(deps.db, { ...about, ts: null, fileId: posted.fileId, hash: null })
}

/** Where a crash came between posting and noting, Slack is asked for the message by its key (R14). */
async function begin(deps: PostDeps, run: Run, key: string, thread?: string): Promise<Stored> {
  const { message, created } = await beginMessage(deps.db, run.id, key, run.channel)
  if (created || message.ts) return message
  const found = await deps.delivery.find({ channel: run.channel, thread }, { run: run.id, key })
  return found.ok && found.ts ? { ...message, ts: found.ts } : message
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
