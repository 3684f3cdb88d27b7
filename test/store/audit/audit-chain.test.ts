import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AuditRow,
  type Break,
  breakAt,
  breakAtEnd,
  canonical,
  emptyHead,
  nextRow,
} from '../../../src/store/audit/audit-chain.ts'

function chainOf(entries: readonly string[]): AuditRow[] {
  let head = emptyHead
  return entries.map((text) => {
    const row = nextRow(head, canonical({ text }))
    head = { count: row.position, hash: row.hash }
    return row
  })
}

/** What verifying these rows finds, when `written` are the ones that were written. */
function firstBreak(rows: readonly AuditRow[], written: readonly AuditRow[]): Break | undefined {
  const last = written.at(-1)
  let reached = emptyHead
  for (const row of rows) {
    const broken = breakAt(reached, row)
    if (broken) return broken
    reached = { count: row.position, hash: row.hash }
  }
  return breakAtEnd(reached, last ? { count: last.position, hash: last.hash } : emptyHead)
}

const renumbered = (rows: readonly AuditRow[]): AuditRow[] =>
  rows.map((row, i) => ({ ...row, position: i + 1 }))
const chain = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 12 }).map(chainOf)
/** A chain, and the index of one of its rows. */
const chainAt = chain.chain((rows) => fc.tuple(fc.constant(rows), fc.nat(rows.length - 1)))

describe('a chain', () => {
  it('as it was written is good', () => {
    fc.assert(fc.property(chain, (rows) => firstBreak(rows, rows) === undefined))
    expect(firstBreak([], [])).toBeUndefined()
  })

  it('with an edited row is broken at that row, or at the next one where its hash was made to fit', () => {
    const column = fc.constantFrom('entry', 'previous', 'hash')
    fc.assert(
      fc.property(chainAt, column, fc.string(), ([rows, i], key, text) => {
        const edited = rows.map((row, at) => (at === i ? { ...row, [key]: text } : row))
        return firstBreak(edited, rows)?.position === i + 1
      }),
    )
    fc.assert(
      fc.property(chainAt, fc.string(), ([rows, i], text) => {
        const before = i === 0 ? emptyHead : { count: i, hash: rows[i - 1]?.hash ?? '' }
        const forged = nextRow(before, canonical({ other: text }))
        const found = firstBreak(rows.with(i, forged), rows)
        return found?.position === (i === rows.length - 1 ? i + 1 : i + 2)
      }),
    )
  })

  it('with a deleted row is broken there, renumbered or not', () => {
    fc.assert(
      fc.property(chainAt, fc.boolean(), ([rows, i], renumber) => {
        const left = rows.toSpliced(i, 1)
        return firstBreak(renumber ? renumbered(left) : left, rows)?.position === i + 1
      }),
    )
  })

  it('with an inserted row is broken at it or behind it', () => {
    fc.assert(
      fc.property(chainAt, fc.string(), fc.boolean(), ([rows, i], text, fitting) => {
        const before = i === 0 ? emptyHead : { count: i, hash: rows[i - 1]?.hash ?? '' }
        const own = nextRow(before, canonical({ text }))
        const added = fitting ? own : { ...own, hash: 'f'.repeat(64) }
        const found = firstBreak(renumbered(rows.toSpliced(i, 0, added)), rows)
        return found !== undefined && found.position >= i + 1
      }),
    )
  })

  it('with two rows swapped is broken at the first of them', () => {
    fc.assert(
      fc.property(chainAt, fc.nat(), ([rows, i], n) => {
        const j = n % rows.length
        const [one, other] = [rows[i], rows[j]]
        fc.pre(i < j && one !== undefined && other !== undefined)
        if (!one || !other) return false
        return firstBreak(renumbered(rows.with(i, other).with(j, one)), rows)?.position === i + 1
      }),
    )
  })

  it('with a cut end is broken where it was cut', () => {
    fc.assert(fc.property(chainAt, ([rows, i]) => firstBreak(rows.slice(0, i), rows)?.position === i + 1))
  })
})

describe('an entry', () => {
  it('is written the same whatever the order of its keys', () => {
    expect(canonical({ b: null, a: 'x\u0000' })).toBe('{"a":"x\\u0000","b":null}')
    expect(canonical({ a: 'x\u0000', b: null })).toBe(canonical({ b: null, a: 'x\u0000' }))
  })
})
