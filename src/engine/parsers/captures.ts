import type { Pattern } from '../../text/re2-pattern.ts'
import type { FieldType } from './parse-schema.ts'
import { linesOf, type Parser, type Row, scalar, understood } from './parser.ts'

export interface CapturesOptions {
  readonly pattern: Pattern
  readonly each: boolean
  readonly fields: Readonly<Record<string, FieldType>>
}

/**
 * Named groups of an RE2 pattern: `.fields` of the first match in the whole text, or with `each` a row for each line
 * that matches.
 *
 *     could not bind IPv4 address "127.0.0.1": Address already in use
 */
export function captures({ pattern, each, fields }: CapturesOptions): Parser {
  const rowOf = (text: string): Row | undefined => {
    const groups = (pattern.exec(text) as RegExpExecArray | null)?.groups
    if (!groups) return undefined
    return Object.fromEntries(
      Object.entries(fields).map(([name, type]) => {
        const group = groups[name]
        return [name, group === undefined ? undefined : scalar(group, type)]
      }),
    )
  }
  if (each)
    return {
      gives: { rows: fields },
      parse: (text) =>
        understood({
          rows: linesOf(text)
            .map(rowOf)
            .filter((row) => row !== undefined),
        }),
    }
  return {
    gives: { fields },
    parse(text) {
      const found = rowOf(text)
      return understood(found ? { fields: found } : {})
    },
  }
}
