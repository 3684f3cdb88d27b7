import type { Context } from '../language/expression.ts'
import type { Rule } from '../runbook/runbook.ts'

/** A finding's name in words, where its title speaks of something that is not there: "postgresql: disk full". */
export const plainTitle = (id: string): string => {
  const [area = '', ...rest] = id.split('.')
  const words = (text: string) => text.split('-').join(' ')
  return rest.length === 0 ? words(area) : `${words(area)}: ${words(rest.join(' '))}`
}

export const titleWithout = (rule: Rule, context: Context): string =>
  rule.title.renderKnown(context) ?? plainTitle(rule.id)
