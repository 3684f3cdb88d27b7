import type { Clock } from '../async/clock.ts'
import { type Change, changeEvent } from '../integrations/pagerduty/change-event.ts'
import type { Pager } from '../integrations/pagerduty/events-api.ts'
import type { Redactor } from '../redact/redact.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import { getRun } from '../runs/run-store.ts'
import type { Workspace } from '../slack/workspace/workspace.ts'
import type { Store } from '../store/store.ts'
import { commandsOf, noteFix } from './fix-audit.ts'
import { type Fix, getFix } from './fix-store.ts'

/** What it takes to tell the pager of a change. */
export interface ChangeTeller {
  readonly store: Store
  readonly slack: Pick<Workspace, 'delivery' | 'displayName'>
  /** Undefined: none is configured. */
  readonly pager: Pager | undefined
  /** Commands and answers leave the bot here (S17). */
  readonly redactor: Pick<Redactor, 'text'>
  readonly clock: Pick<Clock, 'now'>
}

/** Nobody looks at a change of yesterday beside the incident of today. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000
const PAUSE_MS = 30_000

/**
 * Tells the pager that a fix changed a host, however that ended. A pager that is down is told again later, when it asks
 * for it, for a day. The event has no key, so after a lost answer it may be noted twice; that pages nobody.
 */
export async function tellChange(teller: ChangeTeller, fixId: string): Promise<void> {
  const { store, pager, clock } = teller
  const fix = await getFix(store, fixId)
  if (!fix?.startedAt || !fix.endedAt || !pager) return
  const result = await pager.change(changeEvent(await changeOf(teller, fix, fix.startedAt)))
  const late = clock.now() - fix.endedAt.getTime() > GIVE_UP_AFTER_MS
  await store.tx(async (tx) => {
    if (result.outcome === 'retry-later' && !late) {
      const afterMs = Math.max(PAUSE_MS, result.afterMs ?? 0)
      return store.queue.send(tx, { kind: 'change', fixId }, { afterMs })
    }
    const said =
      result.outcome === 'accepted' ? 'told to the pager' : `not told to the pager: ${result.reason}`
    await noteFix(store, tx, fix, said)
  })
}

async function changeOf(teller: ChangeTeller, fix: Fix, at: Date): Promise<Change> {
  const { store, slack, redactor } = teller
  const run = await getRun(store, fix.runId)
  return {
    host: fix.host,
    what: redactor.text(fix.title),
    at,
    command: redactor.text(commandsOf(fix)),
    by: await slack.displayName(fix.requester),
    approvedBy: fix.approver ? await slack.displayName(fix.approver) : undefined,
    outcome: redactor.text(outcomeOf(fix)),
    threadUrl: run ? await threadUrl(teller, run) : undefined,
  }
}

/** What became of the commands. Whether they helped is told in the thread by the run that looks afterwards. */
function outcomeOf({ state, reason }: Fix): string {
  if (state === 'succeeded') return 'it ran'
  return `${state === 'unknown' ? 'nobody knows whether it ran' : 'it failed'}${reason ? `: ${reason}` : ''}`
}
