import { z } from 'zod'

/** What probes, findings and fixes have in common. */

export const probeId = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'a probe id is lower case letters, digits and _')
export const findingId = z
  .string()
  .regex(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$/, 'a finding id is lower case words, joined by - and .')
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'a name is lower case letters, digits, _ and -')
/** As Prometheus has it in `alertname`: any text there, a word here. */
export const alertName = z
  .string()
  .regex(/^[A-Za-z][\w.:-]{1,99}$/, 'an alert is a letter, then letters, digits, _, ., : and -')
export const sentence = z.string().trim().min(1).max(500)
/** CEL; its names and types are checked when the file is loaded. */
export const expression = z.string().trim().min(1).max(4000)
/** Text with `${CEL}` in it. What the host answered is inserted as text and never evaluated. */
export const template = z.string().trim().min(1).max(2000)
/** Every type has an anchored pattern (S10): engine/runbook/parameters.ts. */
export const parameterTypes = [
  'unit',
  'port',
  'address',
  'path',
  'url',
  'word',
  'number',
  'boolean',
  'metrics',
  'units',
  'listen',
  'server',
] as const
export const parameterName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,39}$/, 'a parameter is letters, digits and _, the first a small letter')
export const parameter = z.strictObject({
  type: z.enum(parameterTypes).describe('What a value may look like; nothing else gets into a command.'),
  default: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe('Without one, each host must have the variable. "": it may be left out.'),
  from: expression
    .optional()
    .describe(
      'What probes with `first: true` found, for hosts whose inventory does not set it. Where that is empty, unknown or does not fit the type, the default counts.',
    ),
  lost: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe('Its value where the probes with `first: true` were asked and gave no answer.'),
  description: sentence.describe('Shown to whoever has to set the host variable of this name.'),
})
