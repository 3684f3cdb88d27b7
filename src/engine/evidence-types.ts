import type { Environment } from '@marcbachmann/cel-js'
import type { Parser, Row, Shape } from './parsers/parser.ts'

/**
 * Types of evidence for CEL. A record is an instance of its own class, which has no prototype: a field that was not set is nothing, not
 * something inherited from Object.
 */
export type RecordClass = new (values: Readonly<Record<string, unknown>>) => object

export function recordClass(): RecordClass {
  const type = class {
    constructor(values: Readonly<Record<string, unknown>>) {
      Object.defineProperties(this, Object.getOwnPropertyDescriptors(values))
    }
  }
  Object.setPrototypeOf(type.prototype, null)
  return type
}

export function registerRecord(
  env: Environment,
  name: string,
  fields: Readonly<Record<string, string>>,
): RecordClass {
  const ctor = recordClass()
  env.registerType(name, { ctor, fields: { ...fields } })
  return ctor
}

const common = { ran: 'bool', installed: 'bool', exit: 'int', out: 'string', err: 'string', ms: 'int' }

/** The classes of one probe's evidence. */
export interface ProbeType {
  readonly probe: RecordClass
  readonly fields: RecordClass | undefined
  readonly row: RecordClass | undefined
}

/**
 * A probe's variable: `ran`, `installed`, `exit`, `out`, `err`, `ms`, and what its parser gives. Of a parser that could not be made
 * (which is reported) nothing is known, so that nothing more is complained about.
 */
export function registerProbe(env: Environment, id: string, gives: Parser['gives'] | 'not known'): ProbeType {
  if (gives === 'not known') {
    const probe = registerRecord(env, `${id}_probe`, { ...common, lines: 'dyn', fields: 'dyn', rows: 'dyn' })
    env.registerVariable(id, `${id}_probe`)
    return { probe, fields: undefined, row: undefined }
  }
  const fields = gives.fields && registerRecord(env, `${id}_fields`, shapeFor(gives.fields))
  const row = gives.rows && registerRecord(env, `${id}_row`, shapeFor(gives.rows))
  const probe = registerRecord(env, `${id}_probe`, {
    ...common,
    ...(gives.lines ? { lines: 'list<string>' } : {}),
    ...(fields ? { fields: `${id}_fields` } : {}),
    ...(row ? { rows: `list<${id}_row>` } : {}),
  })
  env.registerVariable(id, `${id}_probe`)
  return { probe, fields, row }
}

const shapeFor = (shape: Shape): Record<string, string> => ({ ...shape })

/** A field that throws when it is read: what uses it is unknown, and `has()` of it too. */
export const unreadable = (reason: string): PropertyDescriptor => ({
  enumerable: true,
  get() {
    throw new Error(reason)
  },
})

export const asRecord = (type: RecordClass, row: Row): object => new type(row)
