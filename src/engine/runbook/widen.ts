import { probesBehind } from './probes-behind.ts'
import type { Fact, Runbook } from './runbook.ts'

/** A topic with what other topics ask beyond it. */
export interface Widened {
  readonly runbook: Runbook
  /** The other topics. */
  readonly topics: readonly string[]
  /** Which of them has a finding or a probe, by its id; those of the topic itself are not in it. */
  readonly topicOfFinding: ReadonlyMap<string, string>
  readonly topicOfProbe: ReadonlyMap<string, string>
}

/**
 * Adds the probes, facts and findings of other topics to one. A topic that shares no part with it speaks of something
 * else, and one that has another probe, fact or parameter of the same name cannot be asked beside it: both are left out.
 * Undefined: no topic is left.
 */
export function widen(own: Runbook, others: readonly Runbook[]): Widened | undefined {
  const topicOfFinding = new Map<string, string>()
  const topicOfProbe = new Map<string, string>()
  const topics: string[] = []
  let whole = own
  for (const other of others) {
    if (other.topic === own.topic || !isOfTheSame(own, other) || clashes(whole, other)) continue
    const known = new Set(whole.findings.map(({ id }) => id))
    const fresh = other.findings.filter(({ id }) => !known.has(id))
    for (const { id } of fresh) topicOfFinding.set(id, other.topic)
    for (const id of other.probes.keys()) if (!whole.probes.has(id)) topicOfProbe.set(id, other.topic)
    topics.push(other.topic)
    whole = joined(whole, other, fresh)
  }
  return topics.length === 0 ? undefined : { runbook: whole, topics, topicOfFinding, topicOfProbe }
}

function joined(whole: Runbook, other: Runbook, fresh: Runbook['findings']): Runbook {
  const probes = new Map([...whole.probes, ...other.probes])
  const facts = byName([...whole.facts, ...other.facts])
  return {
    ...whole,
    parameters: new Map([...whole.parameters, ...other.parameters]),
    discovered: new Map([...whole.discovered, ...other.discovered]),
    probes,
    facts: [...facts.values()],
    findings: [...whole.findings, ...fresh],
    fixes: new Map([...whole.fixes, ...other.fixes]),
    probesOf: (expression) => probesBehind(expression, { probes, facts }),
  }
}

const isOfTheSame = (one: Runbook, other: Runbook): boolean =>
  [...one.probes].some(([id, probe]) => other.probes.get(id) === probe)

/** Parts are compiled once for all topics that include them, so what is the same is the same object. */
const clashes = (one: Runbook, other: Runbook): boolean =>
  differs(one.probes, other.probes) ||
  differs(one.parameters, other.parameters) ||
  differs(one.discovered, other.discovered) ||
  differs(byName(one.facts), byName(other.facts))

const byName = (facts: readonly Fact[]): ReadonlyMap<string, Fact> =>
  new Map(facts.map((fact) => [fact.name, fact]))

const differs = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean =>
  [...other].some(([name, value]) => one.has(name) && one.get(name) !== value)
