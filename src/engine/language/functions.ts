import { type Environment, EvaluationError } from '@marcbachmann/cel-js'
import { compilePattern, type Pattern } from '../../text/re2-pattern.ts'
import { linesOf } from '../parsers/parser.ts'

/**
 * What conditions and templates may call beside CEL's own `size, contains, startsWith, endsWith, indexOf, substring, split, trim,
 * lowerAscii, join, filter, map, exists, all, has, int, double, string`. Patterns are RE2 and literal (compiled when the file is loaded).
 *
 * - `re(text, pattern)`: whether it matches anywhere. `capture(text, pattern)`: its first group, or "". `captureInt(text, pattern)`: the
 *   same as int; unknown where it does not match.
 * - `lines(text)`: its lines that are not blank. `grep(text or list, pattern)`: the lines that match. `head(list, n)`, `last(list, n)`.
 * - `first(list)`; unknown where the list is empty. `min(list)`, `max(list)` (unknown for an empty list), `sum(list)`.
 * - `bytes(int)`: "20 GB", `percent(number)`: "97 %", `round1(number)`: one decimal, `lower(text)`.
 */
export function registerFunctions(env: Environment): Environment {
  env
    .registerFunction('re(string, string): bool', (text: string, source: string) =>
      pattern(source).test(text),
    )
    .registerFunction(
      'capture(string, string): string',
      (text: string, source: string) => group(text, source) ?? '',
    )
    .registerFunction('captureInt(string, string): int', captureInt)
    .registerFunction('lines(string): list<string>', (text: string) => linesOf(text))
    .registerFunction('grep(string, string): list<string>', (text: string, source: string) =>
      linesOf(text).filter((line) => pattern(source).test(line)),
    )
    .registerFunction('grep(list<string>, string): list<string>', (list: readonly string[], source: string) =>
      list.filter((line) => pattern(source).test(line)),
    )
    .registerFunction('head(list<string>, int): list<string>', (list: readonly string[], n: bigint) =>
      list.slice(0, Number(n)),
    )
    .registerFunction('last(list<string>, int): list<string>', (list: readonly string[], n: bigint) =>
      n > 0n ? list.slice(-Number(n)) : [],
    )
    .registerFunction(
      'first(list<T>): T',
      <T>(list: readonly T[]) => list[0] ?? nothing('first() of an empty list'),
    )
    .registerFunction('lower(string): string', (text: string) => text.toLowerCase())
  return registerNumbers(env)
}

function registerNumbers(env: Environment): Environment {
  for (const type of ['int', 'double'] as const) {
    env
      .registerFunction(`min(list<${type}>): ${type}`, (list: Numbers) => extreme(list, (a, b) => a < b))
      .registerFunction(`max(list<${type}>): ${type}`, (list: Numbers) => extreme(list, (a, b) => a > b))
      .registerFunction(`percent(${type}): string`, (value: bigint | number) => `${rounded(value, 1)} %`)
      .registerFunction(`round1(${type}): double`, (value: bigint | number) => rounded(value, 10))
      .registerFunction(`bytes(${type}): string`, (value: bigint | number) => bytes(Number(value)))
  }
  return env
    .registerFunction('sum(list<int>): int', (list: readonly bigint[]) => list.reduce((a, b) => a + b, 0n))
    .registerFunction('sum(list<double>): double', (list: readonly number[]) =>
      list.reduce((a, b) => a + b, 0),
    )
}

/** Functions whose second argument is a pattern: expression.ts wants it to be a literal and compiles it. */
export const patternFunctions: ReadonlySet<string> = new Set(['re', 'capture', 'captureInt', 'grep'])

type Numbers = readonly (bigint | number)[]

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
