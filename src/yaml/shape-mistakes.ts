import type { ZodType, z } from 'zod'
import { didYouMean } from '../text/did-you-mean.ts'

type Issue = z.core.$ZodIssue
type Step = string | number

/** One mistake: where (the value, or the key that names it) and a sentence with the remedy. */
export interface Mistake {
  readonly path: readonly Step[]
  readonly at: 'key' | 'value'
  readonly message: string
}

/** Zod's issues as sentences for the person who wrote the file. */
export function explainIssues(schema: ZodType, value: unknown, issues: readonly Issue[]): Mistake[] {
  return issues.flatMap((issue) => explain(schema, value, [], issue))
}

function explain(schema: ZodType, root: unknown, base: readonly Step[], issue: Issue): Mistake[] {
  const path = [...base, ...issue.path.map(step)]
  const value = valueAt(root, path)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      message: unknownKey(key, keysAllowedAt(schema, path), Object.keys((value ?? {}) as object)),
    }))
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => ({ path, at: 'key', message: inner.message }))
  if (issue.code === 'invalid_union') return explainUnion(schema, root, path, issue)
  if (value === undefined && path.length > 0)
    return [{ path, at: 'key', message: `\`${path.at(-1)}\` is missing` }]
  return [{ path, at: 'value', message: sentenceFor(issue, value) }]
}

/** Speaks of the alternative that the author meant: the one whose own key is there. */
function explainUnion(
  schema: ZodType,
  root: unknown,
  path: readonly Step[],
  issue: Extract<Issue, { code: 'invalid_union' }>,
): Mistake[] {
  const options = [...new Set(schemasAt(schema, path).flatMap(unionOptions))]
  const value = valueAt(root, path)
  if (value === undefined) return [{ path, at: 'key', message: `\`${path.at(-1)}\` is missing` }]
  const ownKeys = options.map((option) => ownKeysOf(option, options))
  const names = ownKeys.flatMap((keys) => keys.slice(0, 1))
  if (isRecord(value)) {
    const meant = ownKeys.findIndex((keys) => keys.some((key) => key in value))
    const errors = issue.errors[meant]
    if (errors) return errors.flatMap((inner) => explain(schema, root, path, inner))
    const typo = Object.keys(value).find((key) => didYouMean(key, names))
    if (typo !== undefined)
      return [{ path: [...path, typo], at: 'key', message: unknownKey(typo, names, []) }]
    if (names.length > 0) return [{ path, at: 'value', message: `needs one of the keys ${list(names)}` }]
  }
  const expected = issue.errors.flatMap((errors) => errors.slice(0, 1)).map(expectedOf)
  const oneOf = [...new Set(expected)].join(' or ')
  const keys = names.length > 0 ? ` with one of the keys ${list(names)}` : ''
  return [{ path, at: 'value', message: `expected ${oneOf}${keys}, found ${describe(value)}` }]
}

const unknownKey = (key: string, allowed: readonly string[], present: readonly string[]): string => {
  const free = allowed.filter((name) => !present.includes(name))
  const near = didYouMean(key, free)
  if (near) return `unknown key \`${key}\`; did you mean \`${near}\`?`
  return free.length > 0
    ? `unknown key \`${key}\`; known here are ${list(free)}`
    : `unknown key \`${key}\`; take it out`
}

function sentenceFor(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_value':
      return ofManyWords(issue.values.map(String), value) ?? unexpected(issue, value)
    case 'invalid_type':
      return unexpected(issue, value)
    case 'too_small':
      return value === '' || (Array.isArray(value) && value.length === 0)
        ? 'must not be empty'
        : `must be at least ${issue.minimum}${unit(issue.origin)}`
    case 'too_big':
      return `must be at most ${issue.maximum}${unit(issue.origin)}`
    default:
      return issue.message
  }
}

const unexpected = (issue: Issue, value: unknown): string =>
  `expected ${expectedOf(issue)}, found ${describe(value)}${hint(issue, value)}`

/** Where the author's word is nearly one of a long list, the list says nothing more. */
function ofManyWords(words: readonly string[], value: unknown): string | undefined {
  const near = words.length > 5 && typeof value === 'string' ? didYouMean(value, words) : undefined
  return near && `${describe(value)} is not among the words for this; did you mean \`${near}\`?`
}

const hint = (issue: Issue, value: unknown): string => {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = didYouMean(value, issue.values.map(String))
    return near ? `; did you mean \`${near}\`?` : ''
  }
  if (
    issue.code === 'invalid_type' &&
    issue.expected === 'string' &&
    (typeof value === 'number' || typeof value === 'boolean')
  )
    return '; put it in quotes'
  return ''
}

const unit = (origin: string): string => {
  if (origin === 'string') return ' characters long'
  return origin === 'array' || origin === 'set' ? ' items long' : ''
}

const expectedOf = (issue: Issue): string => {
  if (issue.code === 'invalid_value') return issue.values.map((v) => `\`${String(v)}\``).join(' or ')
  if (issue.code === 'invalid_type') return typeNames[issue.expected] ?? `a ${issue.expected}`
  return issue.message
}

const typeNames: Record<string, string> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  int: 'a whole number',
  boolean: '`true` or `false`',
  string: 'text',
}

const describe = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return `\`${String(value).slice(0, 60)}\``
}

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')
const step = (part: PropertyKey): Step => (typeof part === 'number' ? part : String(part))
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function valueAt(root: unknown, path: readonly Step[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<Step, unknown>)[key]
  }
  return value
}

/** What zod keeps of a schema, as far as a path is followed through it. */
interface Definition {
  readonly type: string
  readonly innerType?: ZodType
  readonly in?: ZodType
  readonly options?: readonly ZodType[]
  readonly shape?: Readonly<Record<string, ZodType>>
  readonly valueType?: ZodType
  readonly element?: ZodType
}
const definition = (schema: ZodType): Definition => schema._zod.def as unknown as Definition

/** Optional, default, pipe and the like are looked through. */
function bare(schema: ZodType): ZodType {
  const inner = definition(schema).innerType ?? definition(schema).in
  return inner ? bare(inner) : schema
}

const unionOptions = (schema: ZodType): readonly ZodType[] => {
  const options = definition(bare(schema)).options
  return options ? options.flatMap(unionOptions) : [bare(schema)]
}

/** Every schema that may stand at a path: more than one where the path passes through a union. */
function schemasAt(schema: ZodType, path: readonly Step[]): readonly ZodType[] {
  const [first, ...rest] = path
  if (first === undefined) return [schema]
  return unionOptions(schema).flatMap((option) => {
    const { shape, valueType, element } = definition(option)
    const next = shape?.[String(first)] ?? valueType ?? element
    return next ? schemasAt(next, rest) : []
  })
}

const keysOf = (schema: ZodType): readonly string[] => Object.keys(definition(schema).shape ?? {})
const keysAllowedAt = (schema: ZodType, path: readonly Step[]): string[] => [
  ...new Set(schemasAt(schema, path).flatMap(unionOptions).flatMap(keysOf)),
]

/** Keys of one alternative that no other has and that it cannot do without. */
const ownKeysOf = (option: ZodType, options: readonly ZodType[]): string[] =>
  keysOf(option).filter(
    (key) =>
      definition(option).shape?.[key]?._zod.optin === undefined &&
      !options.some((other) => other !== option && keysOf(other).includes(key)),
  )
