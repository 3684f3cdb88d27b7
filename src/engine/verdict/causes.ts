import type { Role } from '../../findings/finding.ts'
import type { Rule } from '../runbook/runbook.ts'
import type { Decision } from './evaluate-rule.ts'

/** A true finding and its place in the report. */
export interface Placed {
  readonly decision: Decision
  readonly role: Role
  /** True findings that explain it, without those that only explain through another of them. */
  readonly explainedBy: readonly string[]
  /** The cause it stands under (itself for a cause) and how many steps away. */
  readonly cause: string
  readonly depth: number
}

/**
 * True findings in the order in which they are told: what is to be mended, then what follows from it, then notices.
 * Causes go by severity, then by how much they explain, then as written; consequences as their causes do, the nearest
 * first. A consequence with several true explanations belongs to the one that its author names first. A notice explains
 * nothing: it must not hide a problem.
 */
export function placeFindings(decisions: readonly Decision[]): Placed[] {
  const truths = decisions.filter(({ holds }) => holds.length > 0)
  const serious = truths.filter(({ rule }) => rule.severity !== 'info')
  const explainers = nearestExplainers(serious.map(({ rule }) => rule))
  const causes = serious.filter(({ rule }) => explainers.get(rule.id)?.length === 0)
  const stories = causes.map((cause) => ({ cause, under: consequencesOf(cause, serious, explainers) }))
  const bySeverity = (rule: Rule) => (rule.severity === 'critical' ? 0 : 1)
  stories.sort(
    (a, b) => bySeverity(a.cause.rule) - bySeverity(b.cause.rule) || b.under.length - a.under.length,
  )
  const told = stories.map(({ cause }) => ({
    decision: cause,
    role: 'cause' as const,
    explainedBy: [],
    cause: cause.rule.id,
    depth: 0,
  }))
  const notices = truths
    .filter(({ rule }) => rule.severity === 'info')
    .map((decision) => ({
      decision,
      role: 'notice' as const,
      explainedBy: [],
      cause: decision.rule.id,
      depth: 0,
    }))
  return [...told, ...stories.flatMap(({ under }) => under), ...notices]
}

type Explainers = ReadonlyMap<string, readonly string[]>

/**
 * The nearest explanations alone: in a chain a → b → c, c is explained by b only, even if its author wrote a as well.
 */
function nearestExplainers(rules: readonly Rule[]): Explainers {
  const ids = new Set(rules.map((rule) => rule.id))
  const direct = new Map(rules.map((rule) => [rule.id, rule.explainedBy.filter((id) => ids.has(id))]))
  return new Map(
    [...direct].map(([id, causes]) => {
      const behind = new Set(causes.flatMap((cause) => [...ancestors(cause, direct)]))
      return [id, causes.filter((cause) => !behind.has(cause))]
    }),
  )
}

function ancestors(id: string, explainers: Explainers): Set<string> {
  const found = new Set<string>(explainers.get(id))
  for (const ancestor of found) for (const next of explainers.get(ancestor) ?? []) found.add(next)
  return found
}

function consequencesOf(cause: Decision, serious: readonly Decision[], explainers: Explainers): Placed[] {
  const depths = new Map([[cause.rule.id, 0]])
  for (const [id, depth] of depths)
    for (const { rule } of serious) if (explainers.get(rule.id)?.[0] === id) depths.set(rule.id, depth + 1)
  return serious
    .filter((decision) => decision !== cause && depths.has(decision.rule.id))
    .map((decision) => ({
      decision,
      role: 'consequence' as const,
      explainedBy: explainers.get(decision.rule.id) ?? [],
      cause: cause.rule.id,
      depth: depths.get(decision.rule.id) ?? 0,
    }))
    .sort((a, b) => a.depth - b.depth)
}
