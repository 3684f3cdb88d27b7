import type { Environment } from '@marcbachmann/cel-js'
import type { Parser } from '../parsers/parser.ts'

/**
 * Types of evidence for CEL. A record is an instance of its own class, which has no prototype: a field that was not set
 * is nothing, not something inherited from Object.
 */
export type RecordClass = new (values: Readonly<Record<string, unknown>>) => object

export interface RecordType {
  readonly name: string
  /** CEL's names of the types of its fields. */
  readonly fields: Readonly<Record<string, string>>
  readonly make: RecordClass
}

export const recordType = (name: string, fields: Readonly<Record<string, string>>): RecordType => ({
  name,
  fields: { ...fields },
  make: recordClass(),
})

export function recordClass(): RecordClass {
  const type = class {
    readonly [field: string]: unknown
    constructor(values: Readonly<Record<string, unknown>>) {
      Object.assign(this, values)
    }
  }
  Object.setPrototypeOf(type.prototype, null)
  return type
}

/** `param`, `host`, `run`, `compared` and `facts`: their fields differ from runbook to runbook, their classes need not. */
export const ParamRecord = recordClass()
export const HostRecord = recordClass()
export const RunRecord = recordClass()
export const ComparedRecord = recordClass()
export const AnswerChangeRecord = recordClass()
export const FactsRecord = recordClass()

/** Declares a variable whose value is such a record. */
export function declareRecord(env: Environment, variable: string, type: RecordType): void {
  env.registerType(type.name, { ctor: type.make, fields: { ...type.fields } })
  env.registerVariable(variable, type.name)
}

/** The types of one probe's evidence. */
export interface ProbeType {
  readonly probe: RecordType
  readonly fields: RecordType | undefined
  readonly row: RecordType | undefined
}

/** What every probe has, and what its parser may add. */
export const probeFields = [
  { name: 'ran', type: 'bool', about: 'Whether it ran: false where its `needs` is.' },
  { name: 'installed', type: 'bool', about: 'Whether its program is there; if not, there is nothing below.' },
  { name: 'exit', type: 'int', about: 'The exit status: one of its `answers`.' },
  { name: 'out', type: 'string', about: 'Standard output, redacted.' },
  { name: 'err', type: 'string', about: 'Standard error, redacted.' },
  { name: 'ms', type: 'int', about: 'How long it took on the host, in milliseconds.' },
  { name: 'lines', type: 'list<string>', about: 'With `parse: lines`: the lines that are not blank.' },
  { name: 'fields', type: 'a record', about: 'Of its parser: `disk.fields.percent`.' },
  {
    name: 'rows',
    type: 'a list of records',
    about: 'Of its parser: `disk.rows.exists(row, row.percent > 90)`.',
  },
] as const

const parsed: ReadonlySet<string> = new Set(['lines', 'fields', 'rows'])
const common: Readonly<Record<string, string>> = Object.fromEntries(
  probeFields.filter(({ name }) => !parsed.has(name)).map(({ name, type }) => [name, type]),
)

/**
 * The type of a probe's variable: `ran`, `installed`, `exit`, `out`, `err`, `ms`, and what its parser gives. If the
 * parser could not be made, which has been reported, nothing is known of its fields, so that no expression is
 * complained about because of it.
 */
export function probeType(id: string, gives: Parser['gives'] | 'not known'): ProbeType {
  const name = `${id}_probe`
  if (gives === 'not known') {
    const probe = recordType(name, { ...common, lines: 'dyn', fields: 'dyn', rows: 'dyn' })
    return { probe, fields: undefined, row: undefined }
  }
  const fields = gives.fields && recordType(`${id}_fields`, gives.fields)
  const row = gives.rows && recordType(`${id}_row`, gives.rows)
  const probe = recordType(name, {
    ...common,
    ...(gives.lines ? { lines: 'list<string>' } : {}),
    ...(fields ? { fields: fields.name } : {}),
    ...(row ? { rows: `list<${row.name}>` } : {}),
  })
  return { probe, fields, row }
}

/** Throws where the id cannot be a variable. */
export function declareProbeType(env: Environment, id: string, { probe, fields, row }: ProbeType): void {
  for (const type of [fields, row])
    if (type) env.registerType(type.name, { ctor: type.make, fields: { ...type.fields } })
  declareRecord(env, id, probe)
}

/** A field that throws when it is read: what uses it is unknown, and `has()` of it too. */
export const unreadable = (reason: string): PropertyDescriptor => ({
  enumerable: true,
  get() {
    throw new Error(reason)
  },
})
