import { type Change, changeEvent } from '../integrations/pagerduty/change-event.ts'
import type { Pager } from '../integrations/pagerduty/events-api.ts'
import { type BundleDeps, threadUrl } from '../runs/load-bundle.ts'
import { getRun } from '../runs/run-store.ts'
import type { Queue } from '../store/queue.ts'
import { commandsOf, type NoteDeps, noteFix } from './fix-audit.ts'
import { type Fix, getFix } from './fix-store.ts'

export interface ChangeDeps extends Pick<BundleDeps, 'db' | 'delivery' | 'displayName'>, NoteDeps {
  readonly queue: Queue
  /** Undefined: none is configured. */
  readonly pager: Pager | undefined
  /** Redacts: commands and answers leave the bot here (S17). */
  readonly clean: { text(text: string): string }
  /** Seconds since 1970. */
  time(): number
}

/** Nobody looks at a change of yesterday beside the incident of today. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000
const PAUSE_MS = 30_000

/**
 * Tells the pager that a fix changed a host, however that ended. One that is down is asked again, as late as it wants, for a day. The event has no
 * key: where an answer was lost it may be noted twice, which pages nobody.
 */
export async function tellChange(deps: ChangeDeps, fixId: string): Promise<void> {
  const fix = await getFix(deps.db, fixId)
  if (!fix?.startedAt || !fix.endedAt || !deps.pager) return
  const result = await deps.pager.change(changeEvent(await changeOf(deps, fix, fix.startedAt)))
  const late = deps.time() * 1_000 - fix.endedAt.getTime() > GIVE_UP_AFTER_MS
  await deps.db.tx(async (tx) => {
    if (result.outcome === 'retry-later' && !late) {
      const afterMs = Math.max(PAUSE_MS, result.afterMs ?? 0)
      return deps.queue.send(tx, { kind: 'change', fixId }, { afterMs })
    }
    const said =
      result.outcome === 'accepted' ? 'told to the pager' : `not told to the pager: ${result.reason}`
    await noteFix(deps, tx, fix, said)
  })
}

async function changeOf(deps: ChangeDeps, fix: Fix, at: Date): Promise<Change> {
  const { clean, displayName } = deps
  const run = await getRun(deps.db, fix.runId)
  return {
    host: fix.host,
    what: clean.text(fix.title),
    at,
    command: clean.text(commandsOf(fix)),
    by: await displayName(fix.requester),
    approvedBy: fix.approver ? await displayName(fix.approver) : undefined,
    outcome: clean.text(outcomeOf(fix)),
    threadUrl: run ? await threadUrl(deps, run) : undefined,
  }
}

/** Of the commands: whether they helped is seen by the run that looks afterwards, in the thread. */
function outcomeOf({ state, reason }: Fix): string {
  if (state === 'succeeded') return 'it ran'
  return `${state === 'unknown' ? 'nobody knows whether it ran' : 'it failed'}${reason ? `: ${reason}` : ''}`
}
