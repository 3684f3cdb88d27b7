import type { Compared } from '../../findings/difference.ts'
import type { Finding, VerdictWord } from '../../findings/finding.ts'
import type { Report } from '../../findings/report.ts'
import type { Context } from '../language/expression.ts'
import { renderFix } from '../plan/render-fix.ts'
import { UNKNOWN_VISIT } from '../runbook/run-window.ts'
import type { FixUse } from '../runbook/runbook.ts'
import { mostRelatedFirst } from '../suspects/related-changes.ts'
import { comparedReport, withSuspects } from '../suspects/suspect-findings.ts'
import { suspectsOf } from '../suspects/suspects.ts'
import { type Placed, placeFindings } from './causes.ts'
import { type Decision, decide, isFalse } from './evaluate-rule.ts'
import { FAILED_CALL, failedCalls, withFailedCalls } from './failed-calls.ts'
import { type Looked, type Observation, observe } from './observation.ts'
import { evidenceFor } from './quoted-evidence.ts'
import { changedOf } from './recent-changes.ts'
import { summaryOf, type Told } from './summary.ts'
import { titleWithout } from './title.ts'
import { unexplainedErrors } from './unexplained-errors.ts'
import { isBroken, unknownsOf } from './unknowns.ts'

export interface Judging extends Looked {
  /** What differs from the last healthy run; absent where nothing could be compared. */
  readonly compared?: Compared
  /** Wall time of the run, milliseconds. */
  readonly ms: number
  /** What other topics found: an error that one of these quotes is explained. */
  readonly quoting?: readonly Finding[]
}

/**
 * The verdict, from records alone: pure, and the same for a live, a resumed and a replayed run. A true cause makes a
 * problem. Otherwise a critical finding that is not decided makes it inconclusive, and so does any finding that an
 * answer left open which came broken: what was not seen is never green. Nor is an error of the platform that goes on
 * and that nothing here explains.
 */
export function judge({ ms, compared, quoting = [], ...looked }: Judging): Report {
  const seen = observe({ ...looked, ...(compared ? { compared } : {}) })
  const { runbook, context, records } = seen
  const decisions = runbook.findings.map((rule) => decide(rule, seen))
  const serious = decisions.filter(({ rule }) => rule.severity !== 'info')
  const undecided = serious.filter((decision) => decision.undecided !== undefined)
  const told = placeFindings(decisions).flatMap((placed): Told[] =>
    placed.decision.holds.map((holding) => ({ placed, finding: findingOf(placed, holding, seen) })),
  )
  const ruledOut = serious
    .filter((decision) => decision.applies && isFalse(decision))
    .map(({ rule }) => ({ id: rule.id, title: titleWithout(rule, seen) }))
  const decisive = undecided.filter((decision) => isCritical(decision) || isBroken(decision, seen))
  const byRule = told.map(({ finding }) => finding)
  const groups = unexplainedErrors(seen, [...byRule, ...quoting])
  const failed = failedCalls(groups)
  const proven = withFailedCalls(byRule, [...failed.values()])
  const unexplained = groups.filter((group) => !failed.has(group)).map(({ error }) => error)
  const doubt = unexplained.find(({ goesOn, strangers }) => goesOn && !strangers)
  const verdict = verdictOf(proven, decisive.length > 0 || doubt !== undefined)
  const touched = changedOf(runbook.changed, context, seen.visit ?? UNKNOWN_VISIT)
  const isWell = verdict === 'healthy'
  const [toCompare, lately] = isWell ? [] : [compared, touched]
  const { suspects, ranked } = suspectsOf({
    findings: proven,
    unexplained,
    compared: toCompare,
    changed: lately && { ...lately, probe: runbook.changed[0] ?? '' },
  })
  const toName = verdict === 'inconclusive' ? decisive : undecided
  const unseen = unknownsOf(toName, seen).map(({ probe }) => runbook.probes.get(probe)?.title ?? probe)
  const changed = lately ? mostRelatedFirst(lately, { findings: proven, unexplained, ranked }) : touched
  const blind = runbook.blind?.renderKnown(context)
  const lookedAt = runbook.lookedAt?.renderKnown(context)
  return {
    topic: runbook.topic,
    host: seen.host.name,
    verdict,
    summary: summaryOf(
      {
        verdict,
        told,
        failed: proven.find(({ id }) => id === FAILED_CALL),
        ruledOut: ruledOut.length,
        unseen,
        doubt,
        suspects,
      },
      runbook.about,
    ),
    findings: withSuspects(proven, suspects),
    ...(unexplained.length > 0 ? { unexplained } : {}),
    ruledOut,
    unknown: unknownsOf(undecided, seen),
    ...(changed ? { changed } : {}),
    ...(toCompare ? { compared: comparedReport(toCompare, ranked) } : {}),
    ...(blind === undefined ? {} : { blind }),
    ...(lookedAt ? { lookedAt } : {}),
    probes: [...runbook.probes.keys()].flatMap((id) => {
      const record = records.get(id)
      return record ? [{ id, status: record.status, exitCode: record.exitCode, ms: record.ms }] : []
    }),
    ms,
  }
}

/** Something is wrong, or may be, and no cause of it is known; what only other topics know explains nothing of its own. */
export const isUnexplained = ({ verdict, findings }: Report): boolean =>
  verdict !== 'healthy' &&
  findings.every(
    ({ role, symptom, topic }) =>
      role !== 'consequence' && (role !== 'cause' || symptom || topic !== undefined),
  )

function verdictOf(findings: readonly Finding[], isInDoubt: boolean): VerdictWord {
  if (findings.some(({ role }) => role === 'cause')) return 'problem'
  return isInDoubt ? 'inconclusive' : 'healthy'
}

const isCritical = ({ rule }: Decision): boolean => rule.severity === 'critical'

/** A fix whose values the evidence does not give is none that could be applied. */
function offerOf(
  use: FixUse,
  context: Context,
  { runbook, parameters }: Observation,
): Pick<Finding, 'fix' | 'touches'> {
  const rendered = renderFix(runbook, use, { context, parameters })
  if (!rendered.ok) return {}
  const { id, touches } = rendered.fix
  const tells = touches.paths !== undefined || touches.others === null || (touches.others ?? []).length > 0
  return { fix: id, ...(tells ? { touches } : {}) }
}

/** `context`: of the instance of the finding that holds. */
function findingOf(placed: Placed, context: Context, seen: Observation): Finding {
  const { rule } = placed.decision
  return {
    id: rule.id,
    role: placed.role,
    severity: rule.severity,
    ...(rule.confidence === 'likely' ? { confidence: 'likely' } : {}),
    ...(rule.symptom && placed.role === 'cause' ? { symptom: true } : {}),
    title: rule.title.render(context),
    ...(rule.because ? { because: rule.because.render(context) } : {}),
    detail: rule.detail.render(context),
    subject: rule.subject.render(context),
    evidence: evidenceFor(rule, context, seen),
    resolution: rule.resolution.map((step) => step.render(context)),
    ...(rule.fix ? offerOf(rule.fix, context, seen) : {}),
    ...(placed.role === 'consequence' ? { explainedBy: placed.explainedBy } : {}),
  }
}
