import { evidenceContext, type Inputs } from '../plan/evidence-context.ts'
import { type RenderedFix, renderFix } from '../plan/render-fix.ts'
import type { Runbook } from '../runbook/runbook.ts'
import { placeFindings } from './causes.ts'
import { decide } from './evaluate-rule.ts'

/** A fix that a cause of this run offers, with its commands as they would run. */
export interface FixOffer {
  readonly finding: string
  readonly subject: string
  readonly fix: RenderedFix
}

/**
 * What the causes of a run offer, the likeliest cause first. Two causes that one fix mends offer it once. `mayOffer`: of
 * a finding that is a cause to this topic; where other topics were asked too, it may follow from theirs. It reads
 * stored records, as the verdict does: asked again later, with the same runbook and parameters, it says the same.
 */
export function offersOf(
  runbook: Runbook,
  inputs: Inputs,
  mayOffer: (finding: string) => boolean = () => true,
): FixOffer[] {
  const evidence = evidenceContext(runbook, inputs)
  const decisions = runbook.findings.map((rule) => decide(rule, evidence))
  const offers = new Map<string, FixOffer>()
  for (const { decision, role } of placeFindings(decisions)) {
    const { rule, holds } = decision
    if (role !== 'cause' || !rule.fix || !mayOffer(rule.id)) continue
    for (const holding of holds) {
      const rendered = renderFix(runbook, rule.fix, {
        context: holding,
        parameters: inputs.parameters,
      })
      if (!rendered.ok) continue
      const key = JSON.stringify(rendered.fix.steps)
      if (!offers.has(key))
        offers.set(key, { finding: rule.id, subject: rule.subject.render(holding), fix: rendered.fix })
    }
  }
  return [...offers.values()]
}
