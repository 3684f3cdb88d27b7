import type { FieldType } from './parse-schema.ts'
import { notUnderstood, type Parser, understood } from './parser.ts'
import { asRow } from './table.ts'

/**
 * RFC 4180 without a header line; every record has exactly the declared columns. No output is an empty table. An empty
 * cell of a number (SQL's null) is missing.
 *
 *     postgres,14,"idle in transaction",312.5
 */
export function csv({ columns }: { readonly columns: Readonly<Record<string, FieldType>> }): Parser {
  const entries = Object.entries(columns)
  return {
    gives: { rows: columns },
    parse(text) {
      const records = recordsOf(text)
      if (!records) return notUnderstood('CSV whose quotes are closed', text)
      const odd = records.find((record) => record.length !== entries.length)
      if (odd) return notUnderstood(`${entries.length} columns of CSV`, odd.join(','))
      return understood({ rows: records.map((record) => asRow(entries, record)) })
    },
  }
}

/** Undefined where a quote is never closed. Blank lines are passed over. */
export function recordsOf(text: string): string[][] | undefined {
  const records: string[][] = []
  let record: string[] = []
  let at = 0
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(text, at + 1) : plainCell(text, at)
    if (!cell) return undefined
    record.push(cell.value)
    at = cell.end
    if (text[at] === ',') {
      at++
      if (at < text.length && text[at] !== '\n') continue
      record.push('')
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    if (record.length > 1 || record[0] !== '') records.push(record)
    record = []
  }
  return records
}

interface Cell {
  readonly value: string
  readonly end: number
}

function plainCell(text: string, start: number): Cell {
  let end = start
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++
  const value = text.slice(start, end)
  return { value: value.endsWith('\r') ? value.slice(0, -1) : value, end }
}

function quotedCell(text: string, start: number): Cell | undefined {
  const parts: string[] = []
  let at = start
  while (true) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return undefined
    parts.push(text.slice(at, quote))
    if (text[quote + 1] !== '"') return { value: parts.join(''), end: quote + 1 }
    parts.push('"')
    at = quote + 2
  }
}
