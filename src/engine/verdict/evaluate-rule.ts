import type { Context } from '../language/expression.ts'
import type { EvidenceContext } from '../plan/evidence-context.ts'
import type { Rule } from '../runbook/runbook.ts'

/** What the evidence says of one finding. */
export interface Decision {
  readonly rule: Rule
  /** The contexts in which it is true: one, or one for each `it`. Empty: not true, as far as is known. */
  readonly holds: readonly Context[]
  /** Why it could not be decided, at all or for some `it`. */
  readonly undecided: string | undefined
  /** False where its file is about nothing on this host. */
  readonly applies: boolean
}

export const isFalse = ({ holds, undecided }: Decision): boolean =>
  holds.length === 0 && undecided === undefined

/** What is refuted does not hold, and is not open either; a refutation that is unknown refutes nothing. */
export function decide(rule: Rule, { context, known }: EvidenceContext): Decision {
  if (isOutside(rule, context)) return { rule, holds: [], undecided: undefined, applies: false }
  const { its, undecided } = known.find(rule, context, () => evaluateRule(rule, context))
  const contexts = its.map((it) => (rule.each ? { ...context, it } : context))
  const isClosed = !rule.each && isRefuted(rule, context)
  return {
    rule,
    holds: contexts.filter((one) => !isRefuted(rule, one)),
    undecided: isClosed ? undefined : undecided,
    applies: true,
  }
}

function isOutside({ applies }: Rule, context: Context): boolean {
  const answer = applies?.evaluate(context)
  return answer?.known === true && answer.value === false
}

function isRefuted({ refutedBy }: Rule, context: Context): boolean {
  const answer = refutedBy?.evaluate(context)
  return answer?.known === true && answer.value === true
}

/** The elements for which it is true, one that means nothing where it has no `each`. */
interface Evaluated {
  readonly its: readonly unknown[]
  readonly undecided: string | undefined
}

function evaluateRule(rule: Rule, context: Context): Evaluated {
  if (!rule.each) return evaluateFor(rule, [undefined], () => context)
  const elements = rule.each.evaluate(context)
  if (!elements.known) return { its: [], undecided: elements.reason }
  return evaluateFor(rule, elements.value as readonly unknown[], (it) => ({ ...context, it }))
}

function evaluateFor(
  { when }: Rule,
  elements: readonly unknown[],
  contextOf: (it: unknown) => Context,
): Evaluated {
  if (!when) return { its: elements, undecided: undefined }
  const its: unknown[] = []
  let undecided: string | undefined
  for (const it of elements) {
    const answer = when.evaluate(contextOf(it))
    if (!answer.known) undecided ??= answer.reason
    else if (answer.value === true) its.push(it)
  }
  return { its, undecided }
}
