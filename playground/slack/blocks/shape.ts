/**
 * How Slack complains about a shape: a sentence and a JSON pointer, as in `must be less than 3001 characters
 * [json-pointer:/blocks/0/text/text]`. A check lists what is wrong with a value; an empty list is a good
 * value.
 */
export type Check = (value: unknown, at: string) => readonly string[]

export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const problem = (sentence: string, at: string): string => `${sentence} [json-pointer:${at}]`

/** Slack counts characters, not UTF-16 units. */
const length = (text: string): number => Array.from(text).length

export const string =
  (max: number, min = 1): Check =>
  (value, at) => {
    if (typeof value !== 'string') return [problem('must provide a string', at)]
    if (length(value) > max) return [problem(`must be less than ${max + 1} characters`, at)]
    return length(value) < min ? [problem(`must be more than ${min - 1} characters`, at)] : []
  }

export const integer =
  (min: number, max: number): Check =>
  (value, at) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? []
      : [problem(`must be an integer from ${min} to ${max}`, at)]

export const number: Check = (value, at) =>
  typeof value === 'number' ? [] : [problem('must provide a number', at)]

export const flag: Check = (value, at) =>
  typeof value === 'boolean' ? [] : [problem('must provide a boolean', at)]

export const oneOf =
  (...words: readonly string[]): Check =>
  (value, at) =>
    words.includes(String(value)) ? [] : [problem(`must be one of: ${words.join(', ')}`, at)]

export const list =
  (item: Check, min: number, max: number): Check =>
  (value, at) => {
    if (!Array.isArray(value)) return [problem('must provide an array', at)]
    if (value.length > max) return [problem(`no more than ${max} items allowed`, at)]
    if (value.length < min) return [problem(`no fewer than ${min} items allowed`, at)]
    return value.flatMap((each, index) => item(each, `${at}/${index}`))
  }

type Shape = Readonly<Record<string, Check>>

/** `type` is read by whoever chose this check. */
export const object =
  (required: Shape, optional: Shape = {}): Check =>
  (value, at) => {
    if (!isFields(value)) return [problem('must provide an object', at)]
    const missing = Object.keys(required).filter((name) => value[name] === undefined)
    return [
      ...missing.map((name) => problem(`missing required field: ${name}`, at)),
      ...Object.entries(value).flatMap(([name, field]) => {
        const check = required[name] ?? optional[name]
        if (check && field !== undefined) return check(field, `${at}/${name}`)
        return name === 'type' ? [] : [problem(`invalid additional property: ${name}`, at)]
      }),
    ]
  }

/** One of several objects, told apart by their `type`. */
export const tagged =
  (kinds: Readonly<Record<string, Check>>): Check =>
  (value, at) => {
    if (!isFields(value)) return [problem('must provide an object', at)]
    const type = typeof value.type === 'string' ? value.type : undefined
    if (type === undefined) return [problem('missing required field: type', at)]
    const check = Object.hasOwn(kinds, type) ? kinds[type] : undefined
    return check ? check(value, at) : [problem(`unsupported type: ${type}`, `${at}/type`)]
  }

export const all =
  (...checks: readonly Check[]): Check =>
  (value, at) =>
    checks.flatMap((check) => check(value, at))
