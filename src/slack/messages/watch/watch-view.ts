import type { Run } from '../../../runs/run.ts'
import type { Watch } from '../../../watches/watch.ts'

/** A watch as a thread shows it. */
export interface WatchView {
  readonly watch: Watch
  /** Undefined: none has ended with a verdict. */
  readonly lastLook?: Run | undefined
}
