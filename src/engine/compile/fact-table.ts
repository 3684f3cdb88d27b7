import type { FactFile } from '../runbook/schema.ts'

/**
 * A fact that is a table of named cases, as the one expression that it stands for:
 * - `cases` with `otherwise`: what the first case gives whose `when` is true, else `otherwise`.
 * - `each` with `cases`: those elements of a list, called `it`, for which one of the cases is true; none where `when`
 *   is false.
 * - `any`: whether one of the cases is true.
 */
export function expressionOf(fact: FactFile): string {
  if (typeof fact === 'string') return fact
  if ('any' in fact) return either(fact.any)
  if (!('each' in fact)) {
    const rows = Object.values(fact.cases).map(({ when, gives }) => `(${when}) ? (${gives}) : `)
    return `${rows.join('')}(${fact.otherwise})`
  }
  const some = `(${fact.each}).filter(it, ${either(fact.cases)})`
  return fact.when === undefined ? some : `(${fact.when}) ? ${some} : []`
}

const either = (cases: Readonly<Record<string, string>>): string =>
  Object.values(cases)
    .map((condition) => `(${condition})`)
    .join(' || ')

/** The cells of such a table, each as an expression that can be checked by itself, with its place. */
export function cellsOf(fact: FactFile): { path: readonly string[]; source: string }[] {
  if (typeof fact === 'string') return []
  if ('any' in fact)
    return Object.entries(fact.any).map(([name, source]) => ({ path: ['any', name], source }))
  if ('each' in fact)
    return [
      ...(fact.when === undefined ? [] : [{ path: ['when'], source: fact.when }]),
      { path: ['each'], source: fact.each },
      ...Object.entries(fact.cases).map(([name, condition]) => ({
        path: ['cases', name],
        source: `(${fact.each}).filter(it, ${condition})`,
      })),
    ]
  return [
    ...Object.entries(fact.cases).flatMap(([name, { when, gives }]) => [
      { path: ['cases', name, 'when'], source: when },
      { path: ['cases', name, 'gives'], source: gives },
    ]),
    { path: ['otherwise'], source: fact.otherwise },
  ]
}
