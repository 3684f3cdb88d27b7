import type { Runbook } from './runbook.ts'
import type { ParameterType } from './schema.ts'

export type ParameterValue = string | number | boolean
export type Parameters = Readonly<Record<string, ParameterValue>>

export type ResolvedParameters =
  | { readonly ok: true; readonly values: Parameters }
  /** One sentence each, naming the host variable to set. */
  | { readonly ok: false; readonly problems: readonly string[] }

interface TypeOfParameter {
  readonly pattern: RegExp
  /** What is expected, for the sentence that refuses a value. */
  readonly says: string
}

/**
 * S10: every pattern is anchored and bounded, and lets no leading "-", NUL or newline pass. It guards commands against
 * values of the inventory, and against those that were taken from a host's output. Whether a value makes sense is for
 * the probe to find out.
 */
const types: Readonly<Record<ParameterType, TypeOfParameter>> = {
  unit: {
    pattern: /^(?:[A-Za-z0-9_@.:]|\\x[0-9a-f]{2})(?:[A-Za-z0-9_@.:-]|\\x[0-9a-f]{2}){0,199}$/,
    says: 'the name of a systemd unit',
  },
  port: {
    pattern: /^(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/,
    says: 'a port, 1 to 65535',
  },
  address: { pattern: /^[A-Za-z0-9:][A-Za-z0-9.:_%-]{0,252}$/, says: 'a host name or an IP address' },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out
  path: { pattern: /^\/[^\u0000-\u001f\u007f]{0,511}$/, says: 'an absolute path' },
  listen: {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out
    pattern: /^(?:(?!unix:)[A-Za-z0-9:][A-Za-z0-9.:_%-]{0,252}|unix:\/[^\u0000-\u001f\u007f]{0,511})$/,
    says: 'a host name, an IP address, or unix: and an absolute path',
  },
  server: {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out
    pattern: /^(?:[A-Za-z0-9:][A-Za-z0-9.:_%-]{0,252}|\/[^\u0000-\u001f\u007f]{0,511})$/,
    says: 'a host name, an IP address, or the absolute path of a folder',
  },
  url: { pattern: /^https?:\/\/[A-Za-z0-9[][!-~]{0,499}$/, says: 'an http or https URL' },
  word: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,99}$/, says: 'a word of letters, digits and _ . + @ -' },
  number: { pattern: /^(?:0|[1-9][0-9]{0,14})$/, says: 'a whole number' },
  boolean: { pattern: /^(?:true|false)$/, says: 'true or false' },
  units: {
    pattern:
      /^(?!-)(?:[A-Za-z0-9_@.:-]|\\x[0-9a-f]{2}){1,200}(?: (?!-)(?:[A-Za-z0-9_@.:-]|\\x[0-9a-f]{2}){1,200}){0,39}$/,
    says: 'names of systemd units with single spaces between them, at most 40',
  },
  metrics: {
    pattern: /^(?:pgbouncer|https?:\/\/[A-Za-z0-9[][!-~]{0,499})$/,
    says: 'an http or https URL, or pgbouncer',
  },
}

export const celTypeOf: Readonly<Record<ParameterType, 'string' | 'int' | 'bool'>> = {
  unit: 'string',
  port: 'int',
  address: 'string',
  listen: 'string',
  server: 'string',
  path: 'string',
  url: 'string',
  word: 'string',
  number: 'int',
  boolean: 'bool',
  metrics: 'string',
  units: 'string',
}

export type CheckedValue =
  | { readonly ok: true; readonly value: ParameterValue }
  | { readonly ok: false; readonly message: string }

/** A value as its type has it: ports and numbers as numbers, booleans as booleans. "8080" is a port as well as 8080. */
export function checkValue(type: ParameterType, given: unknown): CheckedValue {
  const { pattern, says } = types[type]
  const text =
    typeof given === 'bigint' || typeof given === 'number' || typeof given === 'boolean'
      ? String(given)
      : given
  if (typeof text !== 'string' || !pattern.test(text)) {
    const shown = typeof given === 'bigint' ? text : JSON.stringify(given)
    return { ok: false, message: `must be ${says}, not ${String(shown).slice(0, 80)}` }
  }
  const cel = celTypeOf[type]
  if (cel === 'int') return { ok: true, value: Number(text) }
  return { ok: true, value: cel === 'bool' ? text === 'true' : text }
}

/**
 * The values of a runbook's parameters on a host: the host's variable of that name, else the default. Other variables
 * are ignored. A parameter with an empty default may be left out, and is "" then.
 */
export function resolveParameters(
  runbook: Pick<Runbook, 'parameters'>,
  variables: Readonly<Record<string, unknown>>,
): ResolvedParameters {
  const values: Record<string, ParameterValue> = {}
  const problems: string[] = []
  for (const [name, parameter] of runbook.parameters) {
    const given = Object.hasOwn(variables, name) ? variables[name] : parameter.default
    if (given === undefined) {
      problems.push(`set the host variable \`${name}\` in the inventory: ${parameter.description}`)
    } else if (given === '' && parameter.default === '') {
      values[name] = ''
    } else {
      const checked = checkValue(parameter.type, given)
      if (checked.ok) values[name] = checked.value
      else problems.push(`the host variable \`${name}\` ${checked.message}`)
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, values }
}
