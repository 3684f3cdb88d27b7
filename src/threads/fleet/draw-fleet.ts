import type { Clock } from '../../async/clock.ts'
import { endFleet } from '../../fleet/runs/end-fleet.ts'
import type { FleetRun } from '../../fleet/runs/fleet-run.ts'
import { getFleet, hostsOfFleet } from '../../fleet/runs/fleet-store.ts'
import type { Message } from '../../slack/message.ts'
import { fleetAnswer } from '../../slack/messages/fleet/fleet-answer.ts'
import { fleetEnd } from '../../slack/messages/fleet/fleet-end.ts'
import { fleetNotHere, fleetPrivateCopy } from '../../slack/messages/fleet/fleet-private.ts'
import { fleetProgress } from '../../slack/messages/fleet/fleet-progress.ts'
import { fleetThreadFiles } from '../../slack/messages/fleet/fleet-thread-files.ts'
import type { FleetView } from '../../slack/messages/fleet/fleet-view.ts'
import { messageOf, messagesOf, type PostedMessage, saveMessage } from '../../store/posted-messages.ts'
import type { Job } from '../../store/queue.ts'
import { type PostLock, type Target, withPostLock } from '../post-lock.ts'
import { SlackFailed } from '../slack-failed.ts'
import { spaceRedraws } from '../space-redraws.ts'
import type { ThreadWriter } from '../thread-drawer.ts'
import { writeBelow, writeFile } from '../write-message.ts'

type FleetJob = Pick<Extract<Job, { kind: 'fleet' }>, 'fleetId' | 'lookForCopies'>

export interface Fleets {
  /** For a job that follows a change: several within 3 s are drawn together. The end is drawn at once. */
  redraw(job: FleetJob, signal: AbortSignal): Promise<void>
}

export function makeFleets(writer: ThreadWriter, clock: Pick<Clock, 'elapsed' | 'sleep'>): Fleets {
  /** Several jobs come with the last hosts: the comparison is made once here. */
  const ending = new Map<string, Promise<boolean>>()
  const ends = (fleetId: string): Promise<boolean> => {
    const under = ending.get(fleetId)
    if (under) return under
    const end = endFleet(writer.store, fleetId).finally(() => ending.delete(fleetId))
    ending.set(fleetId, end)
    return end
  }
  const spaced = spaceRedraws(clock, async (fleetId) => {
    await ends(fleetId)
    await drawFleet(writer, fleetId)
  })
  return {
    redraw: async (job, signal) =>
      (await ends(job.fleetId)) || job.lookForCopies
        ? drawFleet(writer, job.fleetId, job)
        : spaced.redraw(job.fleetId, signal),
  }
}

/**
 * The one message of a fleet, posted once and brought up to date; below it at the end who is told, and the files. Drawing
 * twice is harmless. Throws when Slack cannot be reached: the job comes again.
 */
export async function drawFleet(
  writer: ThreadWriter,
  fleetId: string,
  { lookForCopies = false }: { readonly lookForCopies?: boolean } = {},
): Promise<void> {
  const { store } = writer
  const asked = await getFleet(store, fleetId)
  if (!asked) return
  const unreached = await withPostLock(
    store,
    {
      ...{ runId: fleetId, key: 'main', channel: asked.channel },
      redraw: { kind: 'fleet', fleetId, lookForCopies: true },
      lookForCopies,
    },
    async (taken) => {
      const lock = { ...taken, lookForCopies }
      const fleet = (await getFleet(store, fleetId)) ?? asked
      const hosts = await hostsOfFleet(store, fleetId, { whole: fleet.endedAt !== null })
      const view: FleetView = { fleet, hosts }
      const message = fleet.endedAt ? fleetAnswer(view) : fleetProgress(view)
      const written = await writeMain(writer, fleet, message, lock)
      if (!written.ok)
        return answerPrivately(
          writer,
          fleet,
          fleet.endedAt ? fleetAnswer(view, { hasFiles: false }) : message,
        )
      if (fleet.endedAt) await writeEnd(writer, view, written.ts, lock)
      return undefined
    },
  )
  if (unreached) throw unreached
}

type FleetLock = PostLock & { readonly lookForCopies: boolean }

const targetOf = (
  { id: runId, createdAt: since }: FleetRun,
  to: Target['to'],
  {
    key,
    row,
    lock,
  }: { readonly key: string; readonly row: PostedMessage | undefined; readonly lock: FleetLock },
): Target => ({
  ...{ runId, key, since, to, row, lock },
  inDoubt: lock.lostBefore || lock.lookForCopies,
  lookForCopies: lock.lookForCopies,
})

/** Where its thread is gone, it stands in the channel. Not ok: the bot is not there. */
async function writeMain(
  writer: ThreadWriter,
  fleet: FleetRun,
  message: Message,
  lock: FleetLock,
): Promise<{ readonly ok: true; readonly ts: string } | { readonly ok: false }> {
  const { channel, thread } = fleet
  const to = { channel, ...(thread === null ? {} : { thread }) }
  const written = await writeBelow(
    writer,
    targetOf(fleet, to, { key: 'main', row: lock.row, lock }),
    thread ?? '',
    message,
  )
  if (written?.ok) return written
  if (written?.reason !== 'not-in-channel') throw failed(written)
  return { ok: false }
}

const failed = (written: Awaited<ReturnType<typeof writeBelow>>): Error =>
  written && !written.ok ? new SlackFailed(written) : new Error('a message of a fleet was not written')

/** In its thread: whoever asked is told once, and the whole is there as files. */
async function writeEnd(writer: ThreadWriter, view: FleetView, main: string, lock: FleetLock): Promise<void> {
  const { fleet } = view
  const posted = new Map((await messagesOf(writer.store, fleet.id)).map((message) => [message.key, message]))
  const to = { channel: fleet.channel, thread: fleet.thread ?? main }
  const end = fleetEnd(view)
  if (end) {
    const target = targetOf(fleet, to, { key: 'end', row: posted.get('end'), lock })
    const written = await writeBelow(writer, target, main, end)
    if (!written?.ok) throw failed(written)
  }
  for (const file of fleetThreadFiles(view)) {
    const target = targetOf(fleet, to, { key: file.key, row: posted.get(file.key), lock })
    await writeFile(writer, { ...target, to }, file)
  }
}

/** Of the row that says what whoever asked has read privately. */
const PRIVATE = 'private'

/** Whoever asked reads privately that the bot is not in the channel, and the answer, each once. */
async function answerPrivately(
  { store, slack, log }: ThreadWriter,
  fleet: FleetRun,
  message: Message,
): Promise<SlackFailed | undefined> {
  const { id: runId, channel, responseUrl, endedAt, code } = fleet
  if (!responseUrl) {
    log.warn(
      { fleet: code, channel },
      'nobody reads of a fleet: the bot is not in its channel, nor may it answer',
    )
    return undefined
  }
  const stage = endedAt ? 'ended' : 'running'
  const row = await messageOf(store, runId, PRIVATE)
  if (row?.hash === stage || row?.hash === 'ended') return undefined
  const sent = await slack.delivery.respond(
    responseUrl,
    endedAt ? fleetPrivateCopy(fleet, message) : fleetNotHere(fleet),
  )
  if (!sent.ok && (sent.reason === 'unavailable' || sent.reason === 'rate-limited'))
    return new SlackFailed(sent)
  if (!sent.ok) log.warn({ fleet: code, detail: sent.detail }, 'Slack did not take a private answer')
  await saveMessage(store, { runId, key: PRIVATE, channel, ts: null, fileId: null, hash: stage })
  return undefined
}
