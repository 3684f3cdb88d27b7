import type { Finding, VerdictWord } from '../../findings/finding.ts'
import type { Report } from '../../findings/report.ts'
import type { Context } from '../language/expression.ts'
import { evidenceContext, type Inputs } from '../plan/evidence-context.ts'
import { renderFix } from '../plan/render-fix.ts'
import { UNKNOWN_VISIT } from '../runbook/run-window.ts'
import type { FixUse, Runbook } from '../runbook/runbook.ts'
import { type Placed, placeFindings } from './causes.ts'
import { type Decision, decide, isFalse } from './evaluate-rule.ts'
import { evidenceFor } from './quoted-evidence.ts'
import { changedOf } from './recent-changes.ts'
import { summaryOf, type Told } from './summary.ts'
import { titleWithout } from './title.ts'
import { isBroken, unknownsOf } from './unknowns.ts'

export interface Judging extends Inputs {
  readonly runbook: Runbook
  /** Wall time of the run, milliseconds. */
  readonly ms: number
  /** The bot's login on the host, for remedies. */
  readonly login: string
}

/**
 * The verdict, from records alone: pure, and the same for a live, a resumed and a replayed run. A true cause makes a
 * problem. Otherwise a critical finding that is not decided makes it inconclusive, and so does any finding that an
 * answer left open which came broken: what was not seen is never green.
 */
export function judge({ runbook, ms, login, ...inputs }: Judging): Report {
  const evidence = evidenceContext(runbook, inputs)
  const decisions = runbook.findings.map((rule) => decide(rule, evidence))
  const serious = decisions.filter(({ rule }) => rule.severity !== 'info')
  const undecided = serious.filter((decision) => decision.undecided !== undefined)
  const told = placeFindings(decisions).flatMap((placed): Told[] =>
    placed.decision.holds.map((context) => ({
      placed,
      finding: findingOf(placed, runbook, context, inputs),
    })),
  )
  const ruledOut = serious
    .filter(isFalse)
    .map(({ rule }) => ({ id: rule.id, title: titleWithout(rule, evidence.context) }))
  const decisive = undecided.filter(
    (decision) => isCritical(decision) || isBroken(decision, runbook, inputs.records, evidence),
  )
  const verdict = verdictOf(told, decisive)
  const unknownBehind = (those: readonly Decision[]) => unknownsOf(runbook, those, inputs, evidence, login)
  const toName = verdict === 'inconclusive' ? decisive : undecided
  const unseen = unknownBehind(toName).map(({ probe }) => runbook.probes.get(probe)?.title ?? probe)
  const changed = changedOf(runbook.changed, evidence.context, inputs.visit ?? UNKNOWN_VISIT)
  const blind = runbook.blind?.renderKnown(evidence.context)
  return {
    topic: runbook.topic,
    host: inputs.host.name,
    verdict,
    summary: summaryOf(verdict, told, runbook.about, ruledOut.length, unseen),
    findings: told.map(({ finding }) => finding),
    ruledOut,
    unknown: unknownBehind(undecided),
    ...(changed ? { changed } : {}),
    ...(blind === undefined ? {} : { blind }),
    probes: [...runbook.probes.keys()].flatMap((id) => {
      const record = inputs.records.get(id)
      return record ? [{ id, status: record.status, exitCode: record.exitCode, ms: record.ms }] : []
    }),
    ms,
  }
}

function verdictOf(told: readonly Told[], decisive: readonly Decision[]): VerdictWord {
  if (told.some(({ finding }) => finding.role === 'cause')) return 'problem'
  return decisive.length > 0 ? 'inconclusive' : 'healthy'
}

const isCritical = ({ rule }: Decision): boolean => rule.severity === 'critical'

/** A fix whose values the evidence does not give is none that could be applied. */
const offers = (runbook: Runbook, use: FixUse, context: Context, { parameters }: Inputs): boolean =>
  renderFix(runbook, use, { context, parameters }).ok

function findingOf(placed: Placed, runbook: Runbook, context: Context, inputs: Inputs): Finding {
  const { rule } = placed.decision
  return {
    id: rule.id,
    role: placed.role,
    severity: rule.severity,
    title: rule.title.render(context),
    ...(rule.because ? { because: rule.because.render(context) } : {}),
    detail: rule.detail.render(context),
    subject: rule.subject.render(context),
    evidence: evidenceFor(rule, runbook, context, inputs.records),
    resolution: rule.resolution.map((step) => step.render(context)),
    ...(rule.fix && offers(runbook, rule.fix, context, inputs) ? { fix: rule.fix.id } : {}),
    ...(placed.role === 'consequence' ? { explainedBy: placed.explainedBy } : {}),
  }
}
