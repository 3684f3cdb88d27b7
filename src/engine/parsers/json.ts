import { sanitise } from '../../redact/sanitise.ts'
import type { FieldType } from './parse-schema.ts'
import { linesOf, notUnderstood, type Parser, type Row, scalar, understood, type Value } from './parser.ts'

export interface JsonOptions {
  /** Path of the array that holds the rows, such as `data.items`. */
  readonly at: string | undefined
  /** Rows: the elements of an array, or one object a line (JSON lines). */
  readonly each: boolean
  readonly fields: Readonly<Record<string, { readonly path: string; readonly type: FieldType }>>
}

/**
 * Fields by path (`a.b.0.c`); null and what is not there are missing. `.rows` with `each` or `at`, `.fields` otherwise.
 * JSON's own escapes bring back controls that were dropped from the host's output, so they are dropped once more.
 *
 *     {"status":"ok","sockets":{"open":12}}
 */
export function json({ at, each, fields }: JsonOptions): Parser {
  const shape = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.type]))
  const rowOf = (value: unknown): Row =>
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, asType(valueAt(value, field.path), field.type)]),
    )
  const many = each || at !== undefined
  return {
    gives: many ? { rows: shape } : { fields: shape },
    parse(text) {
      const root = parseJson(text) ?? (many && at === undefined ? parseJsonLines(text) : undefined)
      if (root === undefined) return notUnderstood('JSON', text)
      const value = at === undefined ? root : valueAt(root, at)
      if (!many) return understood({ fields: rowOf(value) })
      if (Array.isArray(value)) return understood({ rows: value.map(rowOf) })
      if (at === undefined && typeof value === 'object') return understood({ rows: [rowOf(value)] })
      return notUnderstood(at === undefined ? 'a JSON array' : `a JSON array at ${at}`, text)
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function parseJsonLines(text: string): unknown[] | undefined {
  const values = linesOf(text).map(parseJson)
  return values.includes(undefined) ? undefined : values
}

function valueAt(root: unknown, path: string): unknown {
  let value = root
  for (const step of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}

function asType(value: unknown, type: FieldType): Value | undefined {
  if (typeof value === 'string') return scalar(sanitise(value), type)
  if (typeof value === 'boolean') return type === 'bool' ? value : scalar(String(value), type)
  if (typeof value !== 'number') return undefined
  if (type === 'double') return value
  if (type === 'int') return Number.isInteger(value) ? BigInt(value) : undefined
  return scalar(String(value), type)
}
