import { z } from 'zod'

export const fieldTypes = ['string', 'int', 'double', 'bool'] as const
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
/** The first line must match, or the output is not understood and the probe is unknown. */
const expect = pattern.optional()

/**
 * How text becomes evidence, exactly one key:
 * - lines: `.lines`, list of non-empty lines.
 * - keyValue: `.fields`, one record from `key=value` lines (systemctl show, /proc/meminfo with separator ":"). A missing key is a missing field: unknown.
 * - table: `.rows`, white space columns; the last column takes the rest of the line. `skip` header lines first.
 * - csv: `.rows`, RFC 4180 without a header line (psql --csv -t).
 * - json: `.fields` (one object) or `.rows` (`at` names an array); each field has a path such as `a.b.0.c`. A null becomes a missing field.
 * - captures: RE2 with named groups `(?P<name>…)`: `.fields` of the first match, or `.rows` with `each: true` (a row a match, line by line).
 *   No match at all: a missing record for `.fields`, an empty list for `.rows`.
 * - special: a parser in TypeScript from this folder, which declares its own `.fields` and/or `.rows`.
 */
export const parse = z.union([
  z.literal('lines'),
  z.strictObject({
    keyValue: z.strictObject({ separator: z.string().min(1).max(3).default('='), fields, expect }),
  }),
  z.strictObject({
    table: z.strictObject({
      skip: z.number().int().min(0).max(10).default(0),
      separator: z.string().min(1).max(3).optional().describe('Default: white space.'),
      columns: fields,
      expect,
    }),
  }),
  z.strictObject({ csv: z.strictObject({ columns: fields }) }),
  z.strictObject({
    json: z.strictObject({
      at: z.string().optional(),
      each: z.boolean().default(false),
      fields: z.record(fieldName, z.strictObject({ path: z.string(), type: z.enum(fieldTypes) })),
    }),
  }),
  z.strictObject({ captures: z.strictObject({ pattern, each: z.boolean().default(false), fields }) }),
  z.strictObject({ special: z.string() }),
])

export type ParseFile = z.infer<typeof parse>
export type FieldType = (typeof fieldTypes)[number]
