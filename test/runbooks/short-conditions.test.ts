import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import type { FactFile } from '../../src/engine/runbook/schema.ts'

/** Three lines of the files' usual length: what is longer is a table of named cases, or several facts. */
const LONGEST = 420

interface File {
  readonly facts?: Readonly<Record<string, FactFile>>
  readonly probes?: Readonly<Record<string, Conditions | null>>
  readonly findings?: Readonly<Record<string, Conditions>>
}
type Conditions = Readonly<Partial<Record<(typeof conditions)[number], string>>>
const conditions = ['needs', 'each', 'when', 'refutedBy'] as const

const files = readdirSync(shippedRunbooks, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yml'),
)

it.each(files)('%s has no condition of more than three lines', (name) => {
  const {
    facts = {},
    probes = {},
    findings = {},
  } = parse(readFileSync(join(shippedRunbooks, name), 'utf8')) as File
  const sources = [
    ...Object.entries(facts).flatMap(([fact, of]) => sourcesOf(of).map((source) => [fact, source] as const)),
    ...Object.entries({ ...probes, ...findings }).flatMap(([id, of]) =>
      conditions.map((key) => [`${id}.${key}`, of?.[key] ?? ''] as const),
    ),
  ]
  const long = sources
    .filter(([, source]) => source.length > LONGEST)
    .map(([at, { length }]) => `${at}: ${length}`)
  expect(long).toEqual([])
})

/** Each condition of a table by itself. */
function sourcesOf(fact: FactFile): readonly string[] {
  if (typeof fact === 'string') return [fact]
  if ('any' in fact) return Object.values(fact.any)
  if ('each' in fact) return [fact.when ?? '', fact.each, ...Object.values(fact.cases)]
  return [...Object.values(fact.cases).flatMap(({ when, gives }) => [when, gives]), fact.otherwise]
}
