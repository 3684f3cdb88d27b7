import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSource, type SourceFile } from './compile/source-file.ts'
import { runbookJsonSchema } from './json-schema.ts'
import { probeFields } from './language/evidence-types.ts'
import { languageFunctions } from './language/functions.ts'
import { parserFor, specialParsers } from './parsers/index.ts'
import type { Parser } from './parsers/parser.ts'
import type { ParameterFile, ProbeFile } from './runbook/schema.ts'
import { keysOf, type Schema } from './schema-tables.ts'

/** Everything behind this line of docs/runbooks.md is generated. What stands before it is written by hand. */
export const MADE_BELOW =
  '<!-- Made by `npm run build && node scripts/runbook-reference.mjs` from here on: edit the schema and the parsers, not this. -->'

/** Makes docs/runbooks.md from its present text, the schema and the code. `root`: the folder of a checkout. */
export function runbookReference(root: string, now: string): string {
  const end = now.indexOf(MADE_BELOW)
  const byHand = end < 0 ? now : now.slice(0, end)
  const lines = [
    ...keySections(),
    ...evidenceSection(),
    ...functionsSection(),
    ...parserSections(root),
    ...partSections(root),
  ]
  return `${byHand.trimEnd()}\n\n${MADE_BELOW}\n\n${lines.join('\n')}\n`
}

function keySections(): string[] {
  const { anyOf = [] } = runbookJsonSchema() as Schema
  const [topic = {}, part = {}] = anyOf
  const entry = (section: string): Schema =>
    (topic.properties?.[section]?.additionalProperties ?? {}) as Schema
  const { topic: _, ...others } = topic.properties ?? {}
  const common = Object.keys(others).filter((key) => part.properties?.[key])
  const only = (schema: Schema): Schema => ({
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).filter(([key]) => !common.includes(key)),
    ),
  })
  const both = Object.fromEntries(Object.entries(others).filter(([key]) => common.includes(key)))
  return [
    '## Keys of a file',
    '',
    'A file is a topic (`topic: NAME`) or a part (`part: NAME`). **Bold** keys must be there.',
    '',
    ...titled('Of a topic', keysOf(only(topic))),
    ...titled('Of a part', keysOf(only(part))),
    ...titled('Of both', keysOf({ ...topic, properties: both })),
    ...titled('Of a parameter (`parameters.NAME`)', keysOf(entry('parameters'))),
    ...titled('Of a probe (`probes.ID`)', keysOf(entry('probes'))),
    ...titled('Of a finding (`findings.ID`)', keysOf(entry('findings'))),
    ...titled('Of a fix (`fixes.NAME`)', keysOf(entry('fixes'))),
  ]
}

const titled = (title: string, table: readonly string[]): string[] => [`### ${title}`, '', ...table, '']

function evidenceSection(): string[] {
  return [
    '## What a condition knows of a probe',
    '',
    'A condition names a probe by its id: `disk.exit == 0`. A probe that gave no answer has none of this, and what needs it is unknown. A probe whose',
    '`needs` is false has `ran` alone, so a condition over it begins with `ID.ran && …` or with what `needs` says.',
    '',
    '| field | type | is |',
    '| --- | --- | --- |',
    ...probeFields.map(({ name, type, about }) => `| \`${name}\` | ${code(type)} | ${cell(about)} |`),
    '',
    'Besides probes there are `param.NAME`, `host.name`, `host.production`, `run.at` and `run.since` (seconds), `facts.NAME`, and `it` where a finding has',
    '`each`. `compared.answers` tells how the form of answers differs from the last healthy run: `path`, `field`, `said`, `worse`, `seen`.',
    '',
  ]
}

function functionsSection(): string[] {
  return [
    '## Functions of conditions',
    '',
    'Conditions are [CEL](https://cel.dev): `&& || ! ?: in == < + - * / %`, `size`, `contains`, `startsWith`, `endsWith`, `indexOf`, `substring`, `split`, `trim`,',
    '`lowerAscii`, `join`, `filter`, `map`, `exists`, `all`, `has`, `int`, `double` and `string`. `matches` is refused, for it may take exponential time. Patterns are',
    'RE2 and literal. Added are:',
    '',
    '| function | gives |',
    '| --- | --- |',
    ...languageFunctions.map(({ call, about }) => `| \`${call}\` | ${cell(about)} |`),
    '',
  ]
}

/** `parse:` of a probe, and the file that has its parser. */
const generalParsers: readonly (readonly [name: string, file: string])[] = [
  ['lines', 'lines.ts'],
  ['keyValue', 'key-value.ts'],
  ['table', 'table.ts'],
  ['csv', 'csv.ts'],
  ['json', 'json.ts'],
  ['captures', 'captures.ts'],
]

function parserSections(root: string): string[] {
  const source = (file: string) => readFileSync(join(root, 'src', 'engine', 'parsers', file), 'utf8')
  const judging = readdirSync(join(root, 'src', 'engine', 'parsers', 'judging'))
  const fileOf = (name: string) => join(judging.includes(name) ? 'judging' : 'special', name)
  const general = generalParsers.flatMap(([name, file]) => [
    `### \`${name}\``,
    '',
    ...docblock(source(file)),
    '',
  ])
  const special = Object.entries(specialParsers).flatMap(([name, { gives }]) => [
    `### \`special: ${name}\``,
    '',
    ...docblock(source(fileOf(`${name}.ts`))),
    '',
    ...given(gives),
    '',
  ])
  const twice = [
    '### Two samples: `two-samples.ts`',
    '',
    ...docblock(source(join('special', 'two-samples.ts'))),
    '',
  ]
  return ['## Parsers', '', ...general, ...twice, ...special]
}

function given({ fields, rows }: Parser['gives']): string[] {
  const named = (shape: Readonly<Record<string, string>>): string =>
    Object.entries(shape)
      .map(([name, type]) => `\`${name}\` ${type}`)
      .join(', ')
  const same = fields !== undefined && fields === rows
  return [
    ...(fields ? [`${same ? '`.fields` and each of `.rows`' : '`.fields`'}: ${named(fields)}`] : []),
    ...(rows && !same ? [`Each of \`.rows\`: ${named(rows)}`] : []),
  ]
}

/** The comment above a parser: prose, and with four more spaces a sample of what it reads. */
function docblock(source: string): string[] {
  const blocks = [...source.matchAll(/^\/\*\*\n((?: \*.*\n)+?) \*\//gm)].map(([, body = '']) => body)
  const withSample = blocks.find((body) => /^ \* {5}\S/m.test(body)) ?? blocks[0] ?? ''
  const lines = withSample
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''))
    .filter((_, i, all) => i < all.length - 1)
  return lines.flatMap((line, i): string[] => {
    const [isSample, before, after] = [i, i - 1, i + 1].map((at) => lines[at]?.startsWith('    '))
    const text = isSample ? line.slice(4) : line
    const blankWithin = line === '' && before && after
    if (blankWithin) return ['']
    return [
      ...(isSample && lines[i - 1] === '' && !lines[i - 2]?.startsWith('    ') ? ['```text'] : []),
      text,
    ].concat(isSample && !after && !(lines[i + 1] === '' && lines[i + 2]?.startsWith('    ')) ? ['```'] : [])
  })
}

function partSections(root: string): string[] {
  const folder = join(root, 'src', 'runbooks', 'shared')
  const parts = readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .flatMap((name) => readSource(name, readFileSync(join(folder, name), 'utf8')).source ?? [])
  return [
    '## Shared parts',
    '',
    'A topic of yours may `include` any of them: their parameters, probes, facts, findings and fixes are its own then.',
    '',
    ...parts.flatMap(partSection),
  ]
}

function partSection({ name, content }: SourceFile): string[] {
  const { include, parameters, probes, facts, fixes } = content
  return [
    `### \`${name}\``,
    '',
    'description' in content ? content.description : '',
    ...(include.length > 0 ? ['', `It includes ${list(include)}.`] : []),
    '',
    ...table('parameter', ['type', 'default', 'is'], Object.entries(parameters).map(parameterRow)),
    ...table('probe', ['asks', 'gives'], Object.entries(probes).map(probeRow)),
    ...(Object.keys(facts).length > 0 ? [`Facts: ${list(Object.keys(facts))}`, ''] : []),
    ...(Object.keys(fixes).length > 0 ? [`Fixes: ${list(Object.keys(fixes))}`, ''] : []),
  ]
}

function table(first: string, columns: readonly string[], rows: readonly string[]): string[] {
  if (rows.length === 0) return []
  const head = [first, ...columns]
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows, '']
}

const parameterRow = ([name, { type, default: value, description }]: [string, ParameterFile]): string =>
  `| \`${name}\` | ${type} | ${value === undefined || value === '' ? '–' : code(String(value))} | ${cell(description)} |`

function probeRow([id, probe]: [string, ProbeFile]): string {
  const special =
    typeof probe.parse === 'object' && 'special' in probe.parse ? probe.parse.special : undefined
  const made = probe.parse === undefined || special ? undefined : parserFor(probe.parse)
  const gives = made?.ok ? made.parser.gives : {}
  const said = [
    ...(special ? [`special: ${code(special)}`] : []),
    ...(gives.lines ? ['`.lines`'] : []),
    ...(gives.fields ? [`\`.fields\`: ${Object.keys(gives.fields).join(', ')}`] : []),
    ...(gives.rows ? [`\`.rows\`: ${Object.keys(gives.rows).join(', ')}`] : []),
  ]
  const second = probe.needs === undefined ? '' : ' (second wave)'
  return `| \`${id}\` | ${cell(probe.title)}${second} | ${said.join('; ') || '–'} |`
}

const list = (names: readonly string[]): string => names.map(code).join(', ')
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
const cell = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')
