import { describe, expect, it } from 'vitest'
import { compare } from '../../src/snapshots/compare.ts'
import { keepUnread } from '../../src/snapshots/keep-unread.ts'
import type { Snapshot } from '../../src/snapshots/snapshot.ts'

const DAY = 86_400
const MONDAY = 1_795_500_000
const TUESDAY = MONDAY + DAY
const WEDNESDAY = TUESDAY + DAY

const end = (probe: string): string => `end\t\t\t\t${probe}`
const setting = (value: string): string => `setting\twork_mem\t\t\t${value}`
const file = (value: string): string => `file\t/etc/hosts\t\t\t${value}`
const refused = (area: string): string => `unseen\t${area}\t\t\t: connection refused`

const look = (
  at: number,
  answers: Readonly<Record<string, readonly string[]>>,
  more: Partial<Snapshot> = {},
) => ({
  at,
  asked: { files: 'f', database: 'd' },
  answers: Object.fromEntries(
    Object.entries(answers).map(([probe, lines]) => [probe, [...lines, end(probe)]]),
  ),
  ...more,
})
const full = look(MONDAY, { files: [file('a')], database: [setting('4MB'), 'role\tapp\t\t\tlogin'] })
const OLDEST = 0

/** Area, object, was, now and how old the look is, of what differs on Wednesday. */
const differences = (before: Snapshot, database: readonly string[]) => {
  const comparison = compare(before, look(WEDNESDAY, { files: [file('b')], database }))
  if (!comparison.ok) throw new Error(comparison.reason)
  return comparison.compared.differences.map(({ object, was, now, since }) => [object, was, now, since])
}

describe('what a healthy look could not read', () => {
  const blind = look(TUESDAY, { files: [file('b')], database: [refused('setting'), refused('role')] })
  const kept = keepUnread(blind, full, OLDEST)

  it('stays as the look before had it, with its time, and all else is new', () => {
    expect(kept).toEqual({
      ...blind,
      answers: { files: blind.answers.files, database: full.answers.database },
      earlier: [
        { at: MONDAY, probe: 'database', area: 'setting' },
        { at: MONDAY, probe: 'database', area: 'role' },
      ],
    })
  })

  it('is compared, and said to be from then', () => {
    expect(differences(kept, [setting('64kB')])).toEqual([
      ['work_mem', '4MB', '64kB', 2 * DAY],
      ['app', 'login', '', 2 * DAY],
    ])
    expect(differences(full, [setting('64kB'), 'role\tapp\t\t\tlogin'])).toEqual([
      ['/etc/hosts', 'a', 'b', undefined],
      ['work_mem', '4MB', '64kB', undefined],
    ])
  })

  it('stays for as long as no look reads it, and no longer than snapshots are kept', () => {
    const again = keepUnread(
      look(WEDNESDAY, { ...blind.answers, database: [refused('setting'), refused('role')] }),
      kept,
      OLDEST,
    )
    expect(again.earlier).toEqual(kept.earlier)
    expect(keepUnread({ ...blind, at: WEDNESDAY }, kept, TUESDAY)).toEqual({ ...blind, at: WEDNESDAY })
    const seen = keepUnread(look(WEDNESDAY, { files: [], database: [setting('1MB')] }), kept, OLDEST)
    expect(seen).not.toHaveProperty('earlier')
  })

  it('is a whole answer that did not come, or came cut', () => {
    const silent = { ...look(TUESDAY, { files: [file('b')] }), asked: full.asked }
    const cut = { ...silent, answers: { ...silent.answers, database: [setting('9MB')] } }
    for (const one of [silent, cut])
      expect(keepUnread(one, full, OLDEST)).toEqual({
        ...one,
        answers: { ...silent.answers, database: full.answers.database },
        earlier: [{ at: MONDAY, probe: 'database' }],
      })
  })

  it('carries over what the look before had kept itself', () => {
    const silent = { ...look(WEDNESDAY, { files: [] }), asked: full.asked }
    expect(keepUnread(silent, kept, OLDEST).earlier).toEqual([
      { at: MONDAY, probe: 'database', area: 'setting' },
      { at: MONDAY, probe: 'database', area: 'role' },
      { at: TUESDAY, probe: 'database' },
    ])
  })

  it('is nothing known any more of an area that was read too long ago', () => {
    const silent = { ...look(WEDNESDAY, { files: [] }), asked: full.asked }
    const before = { ...full, at: TUESDAY, earlier: [{ at: MONDAY, probe: 'database', area: 'role' }] }
    expect(keepUnread(silent, before, TUESDAY)).toMatchObject({
      answers: { database: [setting('4MB'), 'unseen\trole\t\t\t: not read for long', end('database')] },
      earlier: [{ at: TUESDAY, probe: 'database' }],
    })
    const old = { ...full, at: TUESDAY, earlier: [{ at: MONDAY, probe: 'database' }] }
    expect(keepUnread(silent, old, TUESDAY)).toEqual(silent)
  })

  it.each<[string, Snapshot, Snapshot]>([
    [
      'of which a part was read',
      look(TUESDAY, { files: [], database: [setting('1MB'), refused('setting')] }),
      full,
    ],
    ['that the look before could not read either', blind, look(MONDAY, blind.answers)],
    ['that was asked in another way', { ...blind, asked: { files: 'f', database: 'other' } }, full],
    ['of another host', { ...blind, hostKey: 'new' }, { ...full, hostKey: 'old' }],
  ])('does not keep what is %s', (_, now, before) => {
    expect(keepUnread(now, before, OLDEST)).toEqual(now)
  })

  it('has nothing to keep where there was no look before', () => {
    expect(keepUnread(blind, undefined, OLDEST)).toBe(blind)
  })
})
