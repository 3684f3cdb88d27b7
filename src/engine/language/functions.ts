import { type Environment, EvaluationError } from '@marcbachmann/cel-js'
import { compilePattern, type Pattern } from '../../text/re2-pattern.ts'
import { namedObjects } from '../errors/named-objects.ts'
import { linesOf } from '../parsers/parser.ts'

/** A function that conditions and templates may call beside CEL's own. */
export interface LanguageFunction {
  /** How it is called: `first(list)`. */
  readonly call: string
  readonly about: string
  /** CEL's signatures of it, and what each does. */
  readonly forms: Readonly<Record<string, (...values: never[]) => unknown>>
}

type Numbers = readonly (bigint | number)[]
type Count = bigint | number

/**
 * Patterns are RE2 literals, compiled when the file is loaded. An unknown value makes a condition unknown that needs
 * it.
 */
export const languageFunctions: readonly LanguageFunction[] = [
  {
    call: 're(text, pattern)',
    about: 'Whether the pattern matches anywhere in the text.',
    forms: { 're(string, string): bool': (text: string, source: string) => pattern(source).test(text) },
  },
  {
    call: 'capture(text, pattern)',
    about: 'The first group of the first match, or "" where nothing matches.',
    forms: {
      'capture(string, string): string': (text: string, source: string) => group(text, source) ?? '',
    },
  },
  {
    call: 'captureInt(text, pattern)',
    about: 'The same as a whole number; unknown where nothing matches.',
    forms: { 'captureInt(string, string): int': captureInt },
  },
  {
    call: 'lines(text)',
    about: 'The lines that are not blank.',
    forms: { 'lines(string): list<string>': (text: string) => linesOf(text) },
  },
  {
    call: 'grep(text or list, pattern)',
    about: 'The lines, or the elements, that match.',
    forms: {
      'grep(string, string): list<string>': (text: string, source: string) =>
        linesOf(text).filter((line) => pattern(source).test(line)),
      'grep(list<string>, string): list<string>': (list: readonly string[], source: string) =>
        list.filter((line) => pattern(source).test(line)),
    },
  },
  {
    call: 'head(list, n)',
    about: 'The first n elements of a list of text.',
    forms: {
      'head(list<string>, int): list<string>': (list: readonly string[], n: bigint) =>
        list.slice(0, Number(n)),
    },
  },
  {
    call: 'last(list, n)',
    about: 'The last n elements of a list of text.',
    forms: {
      'last(list<string>, int): list<string>': (list: readonly string[], n: bigint) =>
        n > 0n ? list.slice(-Number(n)) : [],
    },
  },
  {
    call: 'first(list)',
    about: 'The first element; unknown where the list is empty.',
    forms: {
      'first(list<T>): T': (list: readonly unknown[]) => list[0] ?? nothing('first() of an empty list'),
    },
  },
  {
    call: 'namedObjects(rows)',
    about:
      'Of rows with age and text, a log: the paths on which a system call failed within 15 minutes, by its errors, at most four, newest first. Each has code (such as EACCES), path, times, raised ("yes": by the process that logs) and text.',
    forms: {
      'namedObjects(list<T>): list<map<string, string>>': (rows: readonly LogRow[]) => objectsOfRows(rows),
    },
  },
  {
    call: 'lower(text)',
    about: 'The text in small letters.',
    forms: { 'lower(string): string': (text: string) => text.toLowerCase() },
  },
  {
    call: 'min(list)',
    about: 'The smallest number; unknown where the list is empty.',
    forms: ofNumbers(
      (type) => `min(list<${type}>): ${type}`,
      (list: Numbers) => extreme(list, (a, b) => a < b),
    ),
  },
  {
    call: 'max(list)',
    about: 'The largest number; unknown where the list is empty.',
    forms: ofNumbers(
      (type) => `max(list<${type}>): ${type}`,
      (list: Numbers) => extreme(list, (a, b) => a > b),
    ),
  },
  {
    call: 'sum(list)',
    about: 'The sum of the numbers; 0 where the list is empty.',
    forms: {
      'sum(list<int>): int': (list: readonly bigint[]) => list.reduce((a, b) => a + b, 0n),
      'sum(list<double>): double': (list: readonly number[]) => list.reduce((a, b) => a + b, 0),
    },
  },
  {
    call: 'percent(number)',
    about: 'Text without decimals: "97 %".',
    forms: ofNumbers(
      (type) => `percent(${type}): string`,
      (value: Count) => `${rounded(value, 1)} %`,
    ),
  },
  {
    call: 'round1(number)',
    about: 'The number with one decimal.',
    forms: ofNumbers(
      (type) => `round1(${type}): double`,
      (value: Count) => rounded(value, 10),
    ),
  },
  {
    call: 'bytes(number)',
    about: 'Text in powers of 1024, as `df -h` has it: "20 GB".',
    forms: ofNumbers(
      (type) => `bytes(${type}): string`,
      (value: Count) => bytes(Number(value)),
    ),
  },
]

function ofNumbers<Given>(signature: (type: string) => string, run: (given: Given) => unknown) {
  return Object.fromEntries(['int', 'double'].map((type) => [signature(type), run]))
}

export function registerFunctions(env: Environment): Environment {
  for (const { forms } of languageFunctions)
    for (const [signature, run] of Object.entries(forms)) env.registerFunction(signature, run)
  return env
}

/** Functions whose second argument is a pattern: expression.ts wants it to be a literal and compiles it. */
export const patternFunctions: ReadonlySet<string> = new Set(['re', 'capture', 'captureInt', 'grep'])

function extreme(
  list: Numbers,
  better: (a: bigint | number, b: bigint | number) => boolean,
): bigint | number {
  const [head, ...rest] = list
  if (head === undefined) return nothing('min() or max() of an empty list')
  return rest.reduce((best, value) => (better(value, best) ? value : best), head)
}

function captureInt(text: string, source: string): bigint {
  const digits = group(text, source)
  if (digits === undefined || !/^[+-]?[0-9]{1,18}$/.test(digits))
    return nothing(`no whole number matches ${source}`)
  return BigInt(digits)
}

interface LogRow {
  readonly age: bigint
  readonly text: string
}

const objectsOfRows = (rows: readonly LogRow[]): Map<string, string>[] =>
  namedObjects(rows.map(({ age, text }) => ({ age: Number(age), text }))).map(
    ({ code, path, times, raised, text }) =>
      new Map(Object.entries({ code, path, times: String(times), raised: raised ? 'yes' : 'no', text })),
  )

const group = (text: string, source: string): string | undefined =>
  pattern(source).exec(text)?.[1] as string | undefined

const nothing = (reason: string): never => {
  throw new EvaluationError(reason)
}

const rounded = (value: bigint | number, unit: number): number => Math.round(Number(value) * unit) / unit

/** Powers of 1024, as `df -h` and `free -h` count, three significant digits: "512 MB", "1.5 GB", "20 GB". */
export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  let value = count
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const shown = Math.abs(value) < 10 && unit > 0 ? Math.round(value * 10) / 10 : Math.round(value)
  return `${shown} ${units[unit]}`
}

function pattern(source: string): Pattern {
  const compiled = compilePattern(source)
  return compiled.ok ? compiled.pattern : nothing(compiled.message)
}
