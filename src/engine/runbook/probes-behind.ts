import type { Expression } from '../language/expression.ts'
import type { Fact, Probe } from './runbook.ts'

interface Names {
  readonly probes: ReadonlyMap<string, Probe>
  readonly facts: ReadonlyMap<string, Fact>
}

/** Probes that an expression reads, through facts too, in the order of `probes`. */
export function probesBehind(expression: Expression, { probes, facts }: Names): string[] {
  const behindFacts = [...expression.facts].flatMap((name) => facts.get(name)?.probes ?? [])
  const read = new Set([...expression.names, ...behindFacts])
  return [...probes.keys()].filter((id) => read.has(id))
}
