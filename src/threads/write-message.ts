import { createHash } from 'node:crypto'
import type { Run } from '../runs/run.ts'
import { leaveThread } from '../runs/run-store.ts'
import type { Message, ThreadFile } from '../slack/message.ts'
import { notHereMessage, privateCopy } from '../slack/messages/run/private-copy.ts'
import { VERDICT_KEY } from '../slack/messages/run/thread-messages.ts'
import type { Posted } from '../slack/transport/delivery.ts'
import type { ThreadDestination } from '../slack/transport/files.ts'
import type { Failure } from '../slack/transport/slack-failure.ts'
import { messageOf, noteIntent, saveMessage } from '../store/posted-messages.ts'
import { clearCopies, clearFileCopies } from './copies/clear-copies.ts'
import { forgetShown, keepPosted } from './copies/keep-posted.ts'
import type { PostLock, Target } from './post-lock.ts'
import { SlackFailed } from './slack-failed.ts'
import type { ThreadWriter } from './thread-drawer.ts'

/** `ts`: of the run's message; null where the bot is not in the channel. `unreached`: then whoever asked was not reached either. */
export type MainWritten =
  | { readonly ts: string }
  | { readonly ts: null; readonly unreached: Failure | undefined }

/**
 * The run's message. Where the bot is not in the channel, whoever asked reads the verdict privately, with how to invite
 * the bot. `thread`: ts of the thread that a re-check belongs to; where that is gone, it stands in the channel.
 * `streamed`: it is under way, and Slack may stream it.
 */
export async function writeMain(
  writer: ThreadWriter,
  run: Run,
  {
    thread,
    streamed = false,
    inDoubt,
    lookForCopies = false,
    lock,
  }: {
    readonly thread: string | undefined
    readonly streamed?: boolean
    readonly inDoubt: boolean
    readonly lookForCopies?: boolean
    readonly lock: PostLock
  },
  message: Message,
): Promise<MainWritten> {
  const target = {
    runId: run.id,
    key: 'main',
    since: run.createdAt,
    to: { channel: run.channel, thread, streamed },
    row: lock.row,
    inDoubt,
    lookForCopies,
    lock,
  }
  const tried = await writeMessage(writer, target, message)
  const isOutside = thread !== undefined && saysThreadIsGone(tried)
  if (isOutside && run.thread !== null) await leaveThread(writer.store, run.id)
  const inChannel = { ...target, to: { channel: run.channel } }
  const written = isOutside ? await writeMessage(writer, inChannel, message) : tried
  if (written.ok) return { ts: written.ts }
  if (written.reason !== 'not-in-channel') throw new SlackFailed(written)
  return { ts: null, unreached: await answerPrivately(writer, run, message) }
}

/** Somebody deleted what the thread hung from, or locked it: nothing can be posted there. */
const saysThreadIsGone = (posted: Posted): boolean =>
  !posted.ok && posted.reason === 'refused' && threadIsGone.has(posted.detail.split(';')[0] ?? '')

const threadIsGone: ReadonlySet<string> = new Set([
  'cannot_reply_to_message',
  'invalid_thread_ts',
  'message_not_found',
  'restricted_action_non_threadable_channel',
  'restricted_action_thread_locked',
  'thread_not_found',
])

/**
 * What stands below the run's message. Where the thread takes nothing any more, it hangs from the run's message, or else
 * stands in the channel: somebody may have to act on it. Evidence is left out there, and undefined comes back.
 */
export async function writeBelow(
  writer: ThreadWriter,
  target: Target,
  main: string,
  message: Message,
): Promise<Posted | undefined> {
  const written = await writeMessage(writer, target, message)
  if (!saysThreadIsGone(written)) return written
  const { channel, thread } = target.to
  if (thread !== main && (await standsAlone(writer, channel, main))) {
    const below = await writeMessage(writer, { ...target, to: { channel, thread: main } }, message)
    if (!saysThreadIsGone(below)) return below
  }
  if (target.key !== VERDICT_KEY && target.key.startsWith('thread:')) {
    writer.log.warn({ runId: target.runId, key: target.key }, 'evidence has no thread any more')
    return undefined
  }
  return writeMessage(writer, { ...target, to: { channel } }, message)
}

/** Whether a message hangs from no other: Slack hides what is posted below a reply. */
async function standsAlone({ slack }: ThreadWriter, channel: string, ts: string): Promise<boolean> {
  const message = (await slack.delivery.message(channel, ts)) as { thread_ts?: unknown } | undefined
  return message !== undefined && (message.thread_ts === undefined || message.thread_ts === ts)
}

/** Of the row that says what whoever asked has read privately; it is no message of a channel and has no ts. */
const PRIVATE = 'private'

/**
 * Whoever asked reads privately that the bot is not in the channel, and the verdict, each once: later draws show what
 * others did, and a response_url takes five messages in all.
 */
async function answerPrivately(
  { store, slack, log }: ThreadWriter,
  run: Run,
  message: Message,
): Promise<Failure | undefined> {
  if (!run.responseUrl) {
    const { code, channel, actor } = run
    if (actor.kind !== 'user')
      log.warn(
        { run: code, channel, source: actor.id },
        'nobody reads it: the bot is not in the channel of its alerts or its schedule',
      )
    return undefined
  }
  const stage = run.endedAt ? 'ended' : 'running'
  const row = await messageOf(store, run.id, PRIVATE)
  if (row?.hash === stage || row?.hash === 'ended') return undefined
  const answer = run.endedAt ? privateCopy(run, message) : notHereMessage(run)
  const sent = await slack.delivery.respond(run.responseUrl, answer)
  // Nobody else shows it: what did not reach Slack comes again with the job, as long as the response_url is good.
  if (!sent.ok && (sent.reason === 'unavailable' || sent.reason === 'rate-limited')) return sent
  if (!sent.ok) log.warn({ run: run.code, detail: sent.detail }, 'Slack did not take a private answer')
  const { id: runId, channel } = run
  await saveMessage(store, { runId, key: PRIVATE, channel, ts: null, fileId: null, hash: stage })
  return undefined
}

/**
 * Makes Slack show the message: posted the first time, updated where its content changed. After a crash between posting
 * and storing, Slack is asked for it by its key (R14) before it is posted again.
 */
export async function writeMessage(writer: ThreadWriter, target: Target, message: Message): Promise<Posted> {
  const known = target.lookForCopies ? await clearCopies(writer, target) : target.row?.ts
  const ts = known ?? (await findLost(writer, target))
  if (!ts) return postMessage(writer, target, message)
  const shown = !target.inDoubt && target.row?.ts && target.row.hash === hashOf(message)
  return shown ? { ok: true, ts } : updateMessage(writer, target, ts, message)
}

async function findLost(
  { slack }: ThreadWriter,
  { row, to, runId, key, since, lock }: Target,
): Promise<string | null> {
  if (!row) return null
  lock.assertHeld()
  const found = await slack.delivery.find(to, { run: runId, key, since })
  if (found.ok) return found.ts
  // Whether it is there is not known: the job comes again, and posts nothing twice.
  if (found.reason === 'unavailable' || found.reason === 'rate-limited') throw new SlackFailed(found)
  return null
}

async function postMessage(writer: ThreadWriter, target: Target, message: Message): Promise<Posted> {
  const { runId, key, since, to, lock } = target
  await beginPosting(writer, target)
  lock.assertHeld()
  const nothingToTidy = lock.ifLost((next) => clearCopies(writer, { ...target, lock: next }))
  const wanted = { ...to, isWanted: lock.isHeld }
  const posted = await writer.slack.delivery.post(wanted, message, { run: runId, key, since })
  if (posted.ok) await keepPosted(writer, target, { ts: posted.ts, hash: hashOf(message) })
  if (posted.ok || posted.reason !== 'unavailable') nothingToTidy()
  if (!posted.ok) lock.assertHeld()
  return posted
}

async function updateMessage(
  writer: ThreadWriter,
  target: Target,
  ts: string,
  message: Message,
): Promise<Posted> {
  const { lock } = target
  lock.assertHeld()
  const nothingToTidy = lock.ifLost((next) => forgetShown(writer, { ...target, lock: next }))
  const updated = await writer.slack.delivery.update(target.to.channel, ts, message, lock.isHeld)
  if (updated.ok) {
    await keepPosted(writer, target, { ts, hash: hashOf(message) })
    nothingToTidy()
    return updated
  }
  lock.assertHeld()
  if (updated.reason === 'refused') nothingToTidy()
  if (updated.reason !== 'refused') throw new SlackFailed(updated)
  // Somebody deleted the message: there is nothing to keep up to date.
  writer.log.warn({ runId: target.runId, key: target.key, detail: updated.detail }, 'Slack refused an update')
  return { ok: true, ts }
}

/** A file is uploaded once. */
export async function writeFile(
  writer: ThreadWriter,
  target: Target & { readonly to: ThreadDestination },
  file: ThreadFile,
): Promise<void> {
  const { filename } = file
  const known = target.lookForCopies ? await clearFileCopies(writer, target, filename) : target.row?.fileId
  if (known) return
  await beginPosting(writer, target)
  target.lock.assertHeld()
  const nothingToTidy = target.lock.ifLost((next) =>
    clearFileCopies(writer, { ...target, lock: next }, filename),
  )
  const wanted = { ...target.to, isWanted: target.lock.isHeld }
  const sent = await writer.slack.delivery.upload(wanted, {
    ...file,
    since: target.since,
    mayBeThere: target.row !== undefined,
  })
  if (sent.ok) await keepPosted(writer, target, { fileId: sent.fileId })
  if (sent.ok || sent.reason !== 'unavailable') nothingToTidy()
  if (sent.ok) return
  target.lock.assertHeld()
  // Without files:write the verdict still stands, with its evidence in the thread.
  if (sent.reason !== 'refused') throw new SlackFailed(sent)
  writer.log.warn({ detail: sent.detail }, 'Slack refused the output file')
}

/** The intent is stored before anything is sent: whoever comes after a crash looks for the message in Slack. */
async function beginPosting({ store }: ThreadWriter, { row, runId, key, to }: Target): Promise<void> {
  if (!row) await noteIntent(store, { runId, key, channel: to.channel })
}

const hashOf = (message: Message): string =>
  createHash('sha256').update(JSON.stringify(message)).digest('base64url')
