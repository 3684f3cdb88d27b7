import type { Template } from '../language/template.ts'
import type { Rule, Runbook } from '../runbook/runbook.ts'
import type { Observation } from './observation.ts'

/** A finding's name in words, where its title speaks of something that is not there: "postgresql: disk full". */
export const plainTitle = (id: string): string => {
  const [area = '', ...rest] = id.split('.')
  const words = (text: string) => text.split('-').join(' ')
  return rest.length === 0 ? words(area) : `${words(area)}: ${words(rest.join(' '))}`
}

/** Of one that does not hold; of a host that is well these are most. */
export function titleWithout(rule: Rule, { runbook, context, known }: Observation): string {
  const about = askedFor(rule, runbook)
  return known.find(about, context, () => rule.title.renderKnown(context) ?? plainTitle(rule.id))
}

interface Asked {
  readonly probes: readonly string[]
}

/** Parts are shared among topics, and each topic has probes of its own behind the facts. */
const asked = new WeakMap<Runbook, WeakMap<Template, Asked>>()

/** The probes that its title reads. */
function askedFor({ title }: Rule, runbook: Runbook): Asked {
  const titles = asked.get(runbook) ?? new WeakMap<Template, Asked>()
  asked.set(runbook, titles)
  const before = titles.get(title)
  if (before) return before
  const now = {
    probes: [...new Set(title.expressions.flatMap((expression) => runbook.probesOf(expression)))],
  }
  titles.set(title, now)
  return now
}
