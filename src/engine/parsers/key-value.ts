import type { Pattern } from '../../text/re2-pattern.ts'
import type { FieldType } from './parse-schema.ts'
import { linesOf, notUnderstood, type Parser, scalar, understood, type Value } from './parser.ts'

export interface KeyValueOptions {
  readonly separator: string
  readonly fields: Readonly<Record<string, FieldType>>
  readonly expect: Pattern | undefined
}

/**
 * Lines `key<separator>value`. Other lines, and keys that are not declared, are passed over. If a key is there twice,
 * the first one counts.
 *
 *     LoadState=loaded
 *     ActiveState=active
 */
export function keyValue({ separator, fields, expect }: KeyValueOptions): Parser {
  const names = Object.keys(fields).join(', ')
  return {
    gives: { fields },
    parse(text) {
      const lines = linesOf(text)
      if (expect && !expect.test(lines[0] ?? ''))
        return notUnderstood(`a line like ${expect.pattern()}`, text)
      const found: Record<string, Value | undefined> = Object.create(null)
      for (const line of lines) {
        const at = line.indexOf(separator)
        const key = at < 0 ? '' : line.slice(0, at).trim()
        const type = Object.hasOwn(fields, key) ? fields[key] : undefined
        if (type && !(key in found)) found[key] = scalar(line.slice(at + separator.length).trim(), type)
      }
      if (Object.keys(found).length === 0) return notUnderstood(`one of ${names} and "${separator}"`, text)
      return understood({ fields: found })
    },
  }
}
