import type { Expression } from '../language/expression.ts'
import { withoutProbe } from '../language/skipped-probe.ts'
import { probesBehind } from '../runbook/probes-behind.ts'
import type { Probe, Rule } from '../runbook/runbook.ts'
import type { Report, Scope } from './scope.ts'

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
  /** With `each`, for an element of that list. */
  const check = (path: readonly string[], expression: Expression | undefined, each?: Expression): void => {
    if (!expression) return
    const found = probesBehind(expression, scope).map((id) => ({
      id,
      open: checks.get(id)?.(expression, each) ?? 'no',
    }))
    const list = path.at(-1) === 'each'
    const unguarded = found.find(({ open }) => open === 'yes')
    const tooLong = found.find(({ open }) => open === 'not decided')
    if (unguarded) report(path, missingGuard(unguarded.id, list))
    else if (tooLong) report(path, notDecided(tooLong.id, list))
  }
  for (const { id, when, each } of own.findings) {
    check(['findings', id, 'each'], each)
    check(['findings', id, 'when'], when, each)
  }
  for (const [id, probe] of own.probes) check(['probes', id, 'needs'], probe.needs)
}

const guardOf = (probe: string, list: boolean): string =>
  list ? `\`${probe}.ran ? … : []\`` : `\`${probe}.ran && …\``

const missingGuard = (probe: string, list: boolean): string =>
  `\`${probe}\` runs only where its \`needs\` is true; elsewhere this stays unknown, and a host with nothing wrong inconclusive: write ${guardOf(probe, list)}`

const notDecided = (probe: string, list: boolean): string =>
  `\`${probe}\` runs only where its \`needs\` is true; whether this stays unknown elsewhere was not decided, for it is too long: write ${guardOf(probe, list)}, or divide it`
