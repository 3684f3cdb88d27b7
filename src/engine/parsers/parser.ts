import { clip } from '../../text/shorten.ts'
import type { FieldType } from './parse-schema.ts'

/** A value as CEL knows it: `int` is a bigint, `double` a number. */
export type Value = string | bigint | number | boolean | readonly string[]
export type ValueType = FieldType | 'list<string>'

/** Field names and their types, as expressions may use them. */
export type Shape = Readonly<Record<string, ValueType>>

/** A field that the output does not have is undefined: an expression that uses it is unknown. */
export type Row = Readonly<Record<string, Value | undefined>>

/** What a parser makes of text: `.lines`, `.fields` and `.rows` of the probe, whichever it declares in `gives`. */
export interface Parsed {
  readonly lines?: readonly string[]
  /** Declared and absent: the record was not in the output (captures without a match); `has(probe.fields)` tells. */
  readonly fields?: Row
  readonly rows?: readonly Row[]
}

export type ParseResult =
  | { readonly ok: true; readonly value: Parsed }
  | { readonly ok: false; readonly reason: string }

export interface Parser {
  readonly gives: { readonly lines?: true; readonly fields?: Shape; readonly rows?: Shape }
  /** Never throws, takes time linear in the text. */
  parse(text: string): ParseResult
}

export const understood = (value: Parsed): ParseResult => ({ ok: true, value })

/**
 * The text is not what the parser reads. The reason quotes its first lines at length, because what the host said
 * instead tells most, and says in 100 characters what was expected.
 */
export const notUnderstood = (expected: string, text: string): ParseResult => {
  const [first, second] = linesOf(text)
  const found = first === undefined ? 'nothing' : `"${clip(first, 120)}"`
  const then = second === undefined ? '' : `, then "${clip(second, 80)}"`
  return { ok: false, reason: `expected ${clip(expected, 100)}, found ${found}${then}` }
}

/** Lines with something on them, without the carriage return of some programs. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line.trim() !== '')

/**
 * Splits at white space, at most `limit` words, the last of which takes the rest. Linear, unlike a regex with `\s*`.
 */
export function words(line: string, limit = Number.POSITIVE_INFINITY): string[] {
  const found: string[] = []
  let at = 0
  while (true) {
    while (at < line.length && isBlank(line, at)) at++
    if (at >= line.length) return found
    if (found.length === limit - 1) return [...found, line.slice(at).trimEnd()]
    const start = at
    while (at < line.length && !isBlank(line, at)) at++
    found.push(line.slice(start, at))
  }
}

/** The text behind the first mark in it; undefined where there is none. */
export function textBehind(mark: string, text: string): string | undefined {
  const at = text.indexOf(mark)
  return at < 0 ? undefined : text.slice(at + mark.length)
}

const isBlank = (line: string, at: number): boolean => line[at] === ' ' || line[at] === '\t'

/** Text as the declared type; undefined where it is not one: "-", "[not set]", "n/a". */
export function scalar(text: string, type: FieldType): Value | undefined {
  switch (type) {
    case 'string':
      return text
    case 'int':
      return whole(text)
    case 'double':
      return decimal(text)
    case 'bool':
      return truths[text.trim().toLowerCase()]
  }
}

/** A whole number, perhaps with a unit behind it: "42", "87%", "16303428 kB". */
export function whole(text: string): bigint | undefined {
  const number = leadingNumber(text)
  return number === undefined || number.includes('.') ? undefined : BigInt(number)
}

export function decimal(text: string): number | undefined {
  const number = leadingNumber(text)
  return number === undefined ? undefined : Number(number)
}

/** At most 18 digits: such a number is exact in CEL's 64-bit int. */
const number = /^[+-]?[0-9]{1,18}(\.[0-9]{1,18})?(?=$|[ \t%])/
const leadingNumber = (text: string): string | undefined => number.exec(text.trim())?.[0].replace('+', '')

/** As systemd, PostgreSQL and nginx write them. */
const truths: Readonly<Record<string, boolean | undefined>> = Object.assign(Object.create(null), {
  yes: true,
  no: false,
  true: true,
  false: false,
  on: true,
  off: false,
  t: true,
  f: false,
  '1': true,
  '0': false,
})
