import type { Comparison } from '../../../findings/compare-reports.ts'
import type { Fix } from '../../../fixes/fix-store.ts'
import type { Run } from '../../../runs/run.ts'

/** A fix, and what the run that looked afterwards says. */
export interface FixView {
  readonly fix: Fix
  /** Undefined: not looked yet, or nothing was run. */
  readonly recheck?: Run | undefined
  /** Undefined: the re-check has not ended. */
  readonly comparison?: Comparison | undefined
  /** *Apply again* may be offered: what was looked at afterwards still has a fix. */
  readonly again?: boolean
}

/** What of fixes a run's messages show. */
export interface FixesView {
  readonly asked: readonly FixView[]
  /**
   * `offered`: there is a button. A sentence: there is none, and why. Undefined: nothing of this run can be applied.
   */
  readonly offer?: 'offered' | { readonly sentence: string } | undefined
}
