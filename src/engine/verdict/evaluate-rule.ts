import type { Context } from '../language/expression.ts'
import type { Rule } from '../runbook/runbook.ts'

/** What the evidence says of one finding. */
export interface Decision {
  readonly rule: Rule
  /** Where it is true: once, or once for each `it`. Empty: not true, as far as is known. */
  readonly holds: readonly Context[]
  /** Why it could not be decided, at all or for some `it`. */
  readonly undecided: string | undefined
}

export const isFalse = ({ holds, undecided }: Decision): boolean =>
  holds.length === 0 && undecided === undefined

export function decide(rule: Rule, context: Context): Decision {
  if (!rule.each) return decideOne(rule, [context])
  const elements = rule.each.evaluate(context)
  if (!elements.known) return { rule, holds: [], undecided: elements.reason }
  return decideOne(
    rule,
    (elements.value as readonly unknown[]).map((it) => ({ ...context, it })),
  )
}

function decideOne(rule: Rule, contexts: readonly Context[]): Decision {
  if (!rule.when) return { rule, holds: contexts, undecided: undefined }
  const holds: Context[] = []
  let undecided: string | undefined
  for (const context of contexts) {
    const answer = rule.when.evaluate(context)
    if (!answer.known) undecided ??= answer.reason
    else if (answer.value === true) holds.push(context)
  }
  return { rule, holds, undecided }
}
