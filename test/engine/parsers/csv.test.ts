import fc from 'fast-check'
import { expect, it } from 'vitest'
import { csv, recordsOf } from '../../../src/engine/parsers/csv.ts'
import { refusal, rowsOf } from './parsed.ts'

const activity = csv({ columns: { user: 'string', count: 'int', state: 'string', seconds: 'double' } })

it('reads what psql --csv -t prints', () => {
  const text = 'postgres,14,"idle in transaction",312.5\napp,,"said ""a, b""\nand more",\n'
  expect(rowsOf(activity, text)).toEqual([
    { user: 'postgres', count: 14n, state: 'idle in transaction', seconds: 312.5 },
    { user: 'app', count: undefined, state: 'said "a, b"\nand more', seconds: undefined },
  ])
})

it('is empty for no output', () => {
  expect(rowsOf(activity, '\n')).toEqual([])
})

it('does not understand another number of columns, or a quote that is not closed', () => {
  expect(refusal(activity, 'psql: error: connection refused')).toBe(
    'expected 4 columns of CSV, found "psql: error: connection refused"',
  )
  expect(refusal(activity, 'a,1,"b')).toContain('whose quotes are closed')
})

it('reads back whatever is written by RFC 4180', () => {
  const cell = fc.string().filter((text) => !text.includes('\r'))
  const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 })
  const written = (cells: string[]) => cells.map((text) => `"${text.split('"').join('""')}"`).join(',')
  fc.assert(
    fc.property(records, fc.constantFrom('\n', '\r\n'), (given, end) => {
      expect(recordsOf(given.map(written).join(end))).toEqual(given)
    }),
  )
})
