import type { Expression } from '../language/expression.ts'
import { withoutProbe } from '../language/skipped-probe.ts'
import type { Probe, Rule } from '../runbook/runbook.ts'
import { probesBehind, type Report, type Scope } from './scope.ts'

/** What a file says itself. */
interface Own {
  readonly probes: ReadonlyMap<string, Probe>
  readonly findings: readonly Rule[]
}

/**
 * Reports conditions that stay unknown if a probe of the second wave did not run. They make a host inconclusive on
 * which nothing is wrong. Each problem names the guard. No verdict becomes wrong by it, so a bot starts all the same.
 */
export function reportMissingGuards(own: Own, scope: Scope, report: Report): void {
  const probes = new Map([...scope.probes, ...own.probes])
  const needs = new Map(
    [...probes].flatMap(([id, probe]) => (probe.needs ? [[id, probe.needs] as const] : [])),
  )
  const facts = new Map(
    [...scope.facts.values()].flatMap(({ name, expression }) => (expression ? [[name, expression]] : [])),
  )
  const checks = new Map([...needs].map(([id, need]) => [id, withoutProbe(id, need, { facts, needs })]))
  /** The first probe without which an expression stays open; with `each`, for an element of that list. */
  const unguarded = (expression: Expression | undefined, each?: Expression): string | undefined => {
    if (!expression) return undefined
    return probesBehind(expression, scope).find((id) => checks.get(id)?.(expression, each))
  }
  for (const { id, when, each } of own.findings) {
    const ofList = unguarded(each)
    if (ofList) report(['findings', id, 'each'], missingGuard(ofList, `\`${ofList}.ran ? … : []\``))
    const ofCondition = unguarded(when, each)
    if (ofCondition)
      report(['findings', id, 'when'], missingGuard(ofCondition, `\`${ofCondition}.ran && …\``))
  }
  for (const [id, probe] of own.probes) {
    const other = unguarded(probe.needs)
    if (other) report(['probes', id, 'needs'], missingGuard(other, `\`${other}.ran && …\``))
  }
}

const missingGuard = (probe: string, guard: string): string =>
  `\`${probe}\` runs only where its \`needs\` is true; elsewhere this stays unknown, and a host with nothing wrong inconclusive: write ${guard}`
