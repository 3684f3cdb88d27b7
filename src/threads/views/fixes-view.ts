import { compareReports } from '../../findings/compare-reports.ts'
import { type Fix, fixesOfRun } from '../../fixes/fix-store.ts'
import type { Run } from '../../runs/run.ts'
import { getRun } from '../../runs/run-store.ts'
import type { FixesView, FixView } from '../../slack/messages/fix/fix-view.ts'
import type { Db } from '../../store/db.ts'

/** Of a host: fixes can be applied there, or the sentence on why not. */
export type Fixable = (host: string) => true | { readonly sentence: string }

/** Everything about fixes that a run's messages show. */
export async function fixesView(db: Db, run: Run, fixable: Fixable): Promise<FixesView> {
  const fixes = await fixesOfRun(db, run.id)
  const asked: FixView[] = []
  for (const fix of fixes) asked.push(await viewOf(db, run, fix))
  return { asked, offer: offerOf(run, fixes, fixable) }
}

async function viewOf(db: Db, run: Run, fix: Fix): Promise<FixView> {
  const recheck = fix.recheck ? await getRun(db, fix.recheck) : null
  if (!recheck) return { fix }
  return {
    fix,
    recheck,
    comparison: comparisonOf(fix, run, recheck),
    again: offers(recheck),
  }
}

function comparisonOf(fix: Fix, before: Run, after: Run): FixView['comparison'] {
  if (after.failure) return { kind: 'unclear', reason: after.failure.reason }
  return before.report && after.report ? compareReports(fix, before.report, after.report) : undefined
}

/** A cause with a fix: whether it can still be applied is decided at the click. */
const offers = ({ report }: Run): boolean =>
  report?.findings.some(({ role, fix }) => role === 'cause' && fix !== undefined) ?? false

/**
 * Used buttons disappear: what a run found is acted on once, one request is open at a time, and what looked again says
 * how things are now.
 */
function offerOf(run: Run, fixes: readonly Fix[], fixable: Fixable): FixesView['offer'] {
  if (!offers(run)) return undefined
  const open = new Set<Fix['state']>(['awaiting-approval', 'approved', 'running'])
  if (fixes.some(({ state, startedAt, recheck }) => startedAt || recheck || open.has(state))) return undefined
  const can = fixable(run.host)
  return can === true ? 'offered' : can
}
