import { z } from 'zod'

export const fieldTypes = ['string', 'int', 'double', 'bool'] as const
/** The parser of that name in the folder special/, of one command or file, or in judging/, of one question. */
export const specialNames = [
  'beside-deaths',
  'content-security-policy',
  'dated-log',
  'df',
  'diskstats',
  'http-answers',
  'http-response',
  'journal',
  'loadavg',
  'meminfo',
  'net-dev',
  'nft-ruleset',
  'nginx-config',
  'nginx-rate-limits',
  'pressure',
  'proc-sample',
  'ss-listen',
  'systemctl-show',
  'who-stopped',
] as const
const fieldName = z
  .string()
  .regex(
    /^(?!constructor$|__proto__$)[A-Za-z_][A-Za-z0-9_]{0,39}$/,
    'a field is letters, digits and _, and not `constructor`',
  )
const fields = z
  .record(fieldName, z.enum(fieldTypes))
  .refine((given) => Object.keys(given).length > 0, 'must not be empty')
/** RE2, not JavaScript. */
const pattern = z.string().min(1).max(1000)
const expect = pattern
  .optional()
  .describe('The first line must match, or the output is not understood and the probe is unknown.')

/**
 * How text becomes evidence, exactly one key:
 * - lines: `.lines`, list of non-empty lines.
 * - keyValue: `.fields`, one record from `key=value` lines (systemctl show, /proc/meminfo with separator ":"). A
 *   missing key is a missing field: unknown.
 * - table: `.rows`, white space columns; the last column takes the rest of the line. `skip` header lines first.
 * - csv: `.rows`, RFC 4180 without a header line (psql --csv -t).
 * - json: `.fields` (one object) or `.rows` (`at` names an array); each field has a path such as `a.b.0.c`. A null
 *   becomes a missing field.
 * - captures: RE2 with named groups `(?P<name>…)`: `.fields` of the first match, or `.rows` with `each: true` (a row
 *   for each line that matches). Without a match, a missing record for `.fields`, and an empty list for `.rows`.
 * - special: a parser in TypeScript from the folders special/ and judging/, which declares its own `.fields` and/or
 *   `.rows`.
 */
export const parse = z.union([
  z.literal('lines'),
  z.strictObject({
    keyValue: z.strictObject({
      separator: z.string().min(1).max(3).default('='),
      fields: fields.describe('Names of keys and their types.'),
      expect,
    }),
  }),
  z.strictObject({
    table: z.strictObject({
      skip: z.number().int().min(0).max(10).default(0).describe('How many lines of header there are.'),
      separator: z.string().min(1).max(3).optional().describe('Default: white space.'),
      columns: fields.describe('Names and types, from left to right.'),
      expect,
    }),
  }),
  z.strictObject({
    csv: z.strictObject({ columns: fields.describe('Names and types, from left to right.') }),
  }),
  z.strictObject({
    json: z.strictObject({
      at: z.string().optional().describe('The path of the list that becomes `.rows`.'),
      each: z.boolean().default(false).describe('true: `.rows`, one an element of a list or a line of JSON.'),
      fields: z.record(fieldName, z.strictObject({ path: z.string(), type: z.enum(fieldTypes) })),
    }),
  }),
  z.strictObject({
    captures: z.strictObject({
      pattern: pattern.describe('RE2 with named groups: `(?P<name>…)`.'),
      each: z.boolean().default(false).describe('true: `.rows`, one a line that matches.'),
      fields: fields.describe('The groups and their types.'),
    }),
  }),
  z.strictObject({
    special: z.enum(specialNames).describe('A parser of one command, file or question; see Parsers.'),
  }),
])

export type ParseFile = z.infer<typeof parse>
export type FieldType = (typeof fieldTypes)[number]
export type SpecialName = (typeof specialNames)[number]
