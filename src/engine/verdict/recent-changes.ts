import type { Change, Changed } from '../../findings/recent-changes.ts'
import type { Context } from '../language/expression.ts'
import type { Visit } from '../runbook/run-window.ts'
import type { Probe } from '../runbook/runbook.ts'

/** Columns of a probe that `changed:` names. */
const columns: Readonly<Record<keyof Change, string>> = {
  kind: 'string',
  name: 'string',
  at: 'string',
  age: 'int',
}

export const mistakeOfChanged = (probe: Probe): string | undefined =>
  Object.entries(columns).every(([name, type]) => probe.type.row?.fields[name] === type)
    ? undefined
    : `\`${probe.id}\` must give rows with ${Object.entries(columns)
        .map(([name, type]) => `${name} (${type})`)
        .join(', ')}`

/**
 * What was changed before the run. Undefined if no such probe answered: then nothing is said, neither that something
 * was changed nor that nothing was.
 */
export function changedOf(
  probes: readonly string[],
  context: Context,
  { since }: Visit,
): Changed | undefined {
  const answers = probes.flatMap((id) => {
    const rows = rowsOf(context[id])
    return rows ? [rows] : []
  })
  if (answers.length === 0) return undefined
  const items = answers.flat().flatMap(changeOf)
  return { since, items: items.sort((a, b) => a.age - b.age) }
}

/** Reading the rows of an answer that was not understood throws (evidence-types.ts). */
function rowsOf(evidence: unknown): readonly unknown[] | undefined {
  try {
    const { rows } = (evidence ?? {}) as { rows?: unknown }
    return Array.isArray(rows) ? rows : undefined
  } catch {
    return undefined
  }
}

const kinds: ReadonlySet<unknown> = new Set<Change['kind']>(['file', 'package', 'unit'])

function changeOf(row: unknown): Change[] {
  const { kind, name, at, age } = row as Partial<Record<keyof Change, unknown>>
  if (!kinds.has(kind) || typeof name !== 'string' || typeof at !== 'string' || typeof age !== 'bigint')
    return []
  return [{ kind: kind as Change['kind'], name, at, age: Number(age) }]
}
