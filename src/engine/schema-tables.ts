/** The part of JSON Schema that zod writes for runbooks. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly description?: string
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
}

/** What the schema of an object says of its keys, as a Markdown table; keys within keys as `values.type`. */
export const keysOf = (schema: Schema): string[] => [
  '| key | type | default | what it is |',
  '| --- | --- | --- | --- |',
  ...rowsOf(schema, ''),
]

function rowsOf({ properties = {}, required = [] }: Schema, before: string, isChoice = false): string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${before}${key}`
    const shown = required.includes(key) && !isChoice ? `**\`${name}\`**` : `\`${name}\``
    const value = schema.default === undefined ? '–' : `\`${JSON.stringify(schema.default)}\``
    const row = `| ${shown} | ${cell(typeOf(schema))} | ${value} | ${cell(schema.description ?? described[name] ?? '')} |`
    return [row, ...(sections.has(name) ? [] : within(schema, name))]
  })
}

/** Descriptions that the schema does not have, or has at the entries and not at the key. */
const described: Readonly<Record<string, string>> = {
  probes: 'What is asked of the host. See below.',
  findings: 'What the answers mean. See below.',
  fixes: 'What mends a finding. See below.',
  run: 'Shell text, run as the login; `{{parameters}}` are put in with quotes around them.',
  privileged:
    'One list of arguments, run through sudo: `debvisor sudoers HOST` prints the line that allows it.',
  parse: 'How its output becomes evidence: `lines`, or a map with one of these keys. See Parsers.',
  'parse.keyValue': 'Lines of `key=value`.',
  'parse.keyValue.separator': 'What stands between key and value.',
  'parse.table': 'Columns by position.',
  'parse.csv': 'CSV without a line of names.',
  'parse.json': 'JSON, or one object of JSON a line.',
  'parse.json.fields': 'Names of fields.',
  'parse.json.fields.NAME.path': 'Where its value is: `a.b.0.c`.',
  'parse.json.fields.NAME.type': 'Its type.',
  'parse.captures': 'What named groups of a pattern match.',
  'values.NAME.type': 'What the value may look like; another is none.',
  'values.NAME.from': 'An expression over evidence.',
  'evidence[].probe': 'The probe.',
}

/** They have a table of their own. */
const sections: ReadonlySet<string> = new Set(['parameters', 'probes', 'findings', 'fixes'])

/** `isChoice`: one of several maps that may stand here, so none of its keys is required. */
function within(schema: Schema, name: string, isChoice = false): string[] {
  const { additionalProperties, anyOf = [], items } = schema
  const each = typeof additionalProperties === 'object' ? within(additionalProperties, `${name}.NAME`) : []
  const own = schema.properties ? rowsOf(schema, `${name}.`, isChoice) : []
  const maps = anyOf.filter(({ properties }) => properties)
  const others = anyOf.flatMap((choice) => within(choice, name, maps.length > 1))
  return [...own, ...each, ...others, ...(items ? within(items, `${name}[]`) : [])]
}

/** `text`, `list of text`, `"a" or "b"`, `map of …`. */
function typeOf({ type, enum: words, const: word, anyOf, items, additionalProperties }: Schema): string {
  if (word !== undefined) return JSON.stringify(word)
  if (words) return words.map((each) => JSON.stringify(each)).join(' or ')
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if (type === 'array') return `list of ${items ? typeOf(items) : 'anything'}`
  if (type === 'object' && typeof additionalProperties === 'object')
    return `map of ${typeOf(additionalProperties)}`
  const kinds = typeof type === 'string' ? [type] : (type ?? [])
  return kinds.map((kind) => typeNames[kind] ?? kind).join(' or ')
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  object: 'map',
  boolean: 'true or false',
}

const cell = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')
