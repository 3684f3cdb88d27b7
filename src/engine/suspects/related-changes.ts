import type { Difference } from '../../findings/difference.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Change, Changed } from '../../findings/recent-changes.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import { pathOf } from './changed-files.ts'
import { differencesOf, troubleOf, WEIGHTS, type Weighing, weigh } from './weigh.ts'

/** What is wrong, and what differs from the last healthy run, where that is known. */
export interface Related {
  readonly findings: readonly Finding[]
  readonly unexplained: readonly UnexplainedError[]
  readonly ranked: readonly Weighing[]
}

/** Weighed as suspects are. Where nothing is wrong, they stay as they came. */
export function mostRelatedFirst(changed: Changed, { findings, unexplained, ranked }: Related): Changed {
  const told = findings.filter(({ role }) => role !== 'notice')
  const ours = unexplained.filter(({ strangers }) => !strangers)
  if (told.length === 0 && ours.length === 0) return changed
  const changes = changed.items.map((item) => ({ difference: asDifference(item), traces: [] }))
  const trouble = troubleOf(told, ours, { changes, seconds: changed.since.seconds })
  const known = weightOfFiles(ranked)
  const weighed = changes.map((change, i) => ({
    item: changed.items[i] as Change,
    weight: Math.max(weigh(change, trouble).weight, known.get(change.difference.object) ?? 0),
  }))
  const sorted = weighed.sort((a, b) => b.weight - a.weight || a.item.age - b.item.age)
  return {
    ...changed,
    items: sorted.map(({ item }) => item),
    related: sorted.filter(({ weight }) => weight >= WEIGHTS.related).length,
  }
}

/** A package stands there with its version, a unit with what became of it. */
const asDifference = ({ kind, name, age }: Change): Difference => ({
  probe: '',
  area: kind,
  object: kind === 'file' ? name : (name.split(' ', 1)[0] ?? name),
  was: '',
  now: '',
  age,
  followed: false,
})

/** A comparison knows the lines of a file too, and not only that it changed. */
function weightOfFiles(ranked: readonly Weighing[]): Map<string, number> {
  const weights = new Map<string, number>()
  for (const weighing of ranked)
    for (const difference of differencesOf(weighing)) {
      if (difference.area !== 'line' && difference.area !== 'file') continue
      const path = pathOf(difference)
      weights.set(path, Math.max(weights.get(path) ?? 0, weighing.weight))
    }
  return weights
}
