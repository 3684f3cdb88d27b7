import type { Pattern } from '../../text/re2-pattern.ts'
import type { FieldType } from './parse-schema.ts'
import { linesOf, notUnderstood, type Parser, type Row, scalar, understood, words } from './parser.ts'

export interface TableOptions {
  readonly skip: number
  /** White space when undefined. */
  readonly separator: string | undefined
  readonly columns: Readonly<Record<string, FieldType>>
  readonly expect: Pattern | undefined
}

/**
 * Columns by position. The last one takes the rest of its line; a column that a line does not have is missing. No line
 * at all is an empty table.
 *
 *     Ver Cluster Port Status Owner    Data directory              Log file
 *     15  main    5432 online postgres /var/lib/postgresql/15/main /var/log/postgresql/postgresql-15-main.log
 */
export function table({ skip, separator, columns, expect }: TableOptions): Parser {
  const entries = Object.entries(columns)
  const cells = (line: string) =>
    separator === undefined ? words(line, entries.length) : splitAt(line, separator, entries.length)
  return {
    gives: { rows: columns },
    parse(text) {
      const lines = linesOf(text)
      if (expect && !expect.test(lines[0] ?? ''))
        return notUnderstood(`a line like ${expect.pattern()}`, text)
      return understood({ rows: lines.slice(skip).map((line) => asRow(entries, cells(line))) })
    },
  }
}

export const asRow = (entries: readonly (readonly [string, FieldType])[], cells: readonly string[]): Row =>
  Object.fromEntries(
    entries.map(([name, type], i) => {
      const cell = cells[i]
      return [name, cell === undefined ? undefined : scalar(cell, type)]
    }),
  )

function splitAt(line: string, separator: string, limit: number): string[] {
  const parts = line.split(separator)
  const head = parts.slice(0, limit - 1)
  const rest = parts.slice(limit - 1)
  return (rest.length > 0 ? [...head, rest.join(separator)] : head).map((cell) => cell.trim())
}
