import type { WriteAudit } from '../../store/audit/audit.ts'
import type { Store } from '../../store/store.ts'
import { tellFleets } from '../fleets-of-run.ts'
import { wakeHeldBack } from '../queue/wake-held-back.ts'
import type { Run } from '../run.ts'
import { cancelRun } from '../run-lease.ts'
import { getRun } from '../run-store.ts'

/** `cancelled` false: it had ended before, as `run` says. */
export interface CancelAsked {
  readonly run: Run
  readonly cancelled: boolean
}

/**
 * Cancels a run that waits or is under way. Its worker, in whichever replica, stops soon after and stores nothing more;
 * of a verdict and a cancellation at the same moment, the one that is stored first stands.
 */
export const cancelUnderWay = (
  store: Pick<Store, 'tx' | 'queue'>,
  run: Run,
  by: string,
  audit: WriteAudit,
): Promise<CancelAsked> =>
  store.tx(async (tx) => {
    const cancelled = await cancelRun(tx, run.id, by)
    if (!cancelled) return { run: (await getRun(tx, run.id)) ?? run, cancelled: false }
    await store.queue.send(tx, { kind: 'redraw', runId: run.id })
    await wakeHeldBack(tx, store.queue, run)
    await tellFleets(tx, store.queue, run)
    await audit(tx, `cancelled run ${run.code}`)
    return { run: cancelled, cancelled: true }
  })
