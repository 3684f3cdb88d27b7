import { diffArrays } from 'diff'
import type { Compared, Difference } from '../findings/difference.ts'
import { ANSWER, changedAnswers } from './answers.ts'
import { type Links, linksOf, otherNames } from './links.ts'
import {
  type Fact,
  type Facts,
  factsOf,
  isOfAnotherHost,
  ownFact,
  readEarlier,
  type Snapshot,
  type Unseen,
  unseenText,
} from './snapshot.ts'

export type Comparison =
  | { readonly ok: true; readonly compared: Compared }
  /** Why these two are not compared, as a clause: "it is of another host". */
  | { readonly ok: false; readonly reason: string }

/**
 * What differs between two looks at one host. Only what both could see is compared: a thing that one look lacks counts
 * as added or removed where its probe answered whole both times and nothing there was out of sight.
 */
export function compare(before: Snapshot, after: Snapshot): Comparison {
  const [older, newer] = [factsOf(before), factsOf(after)]
  const [earlier, later] = [
    { ...before, facts: older },
    { ...after, facts: newer },
  ]
  const probes = comparable(earlier, later)
  const reason = whyNot(earlier, later, probes)
  if (reason !== undefined) return { ok: false, reason }
  const seen = ({ facts }: Facts): Fact[] => facts.filter(({ probe }) => probes.has(probe))
  const ofHost = (facts: readonly Fact[]): Fact[] => facts.filter(({ area }) => area !== ANSWER)
  const [was, now] = [ofHost(seen(older)), ofHost(seen(newer))]
  const unseen = [...older.unseen, ...newer.unseen]
  const clock = ownFact(newer, 'now')?.number || after.at
  const lines = differentLines(was, now, unseen)
  const since = ownFact(older, 'now')?.number || before.at
  const things = differentThings(was, now, unseen).filter((one) => !wasThereUnseen(one, since))
  const read = new Set([...now.filter(isLine).map(pathOf), ...lines.map(({ path }) => path)])
  const told = withFolders(lines)
  const all = [...lines, ...things.filter((one) => !isToldByLines(one, read, told))]
  const changed = all.map((one) => (isUnderNewMount(one, all) ? { ...one, followed: true } : one))
  const times = new Map(now.filter(({ area }) => area === 'file').map(({ key, number }) => [key, number]))
  const links = linksOf([...was, ...now])
  const answers = changedAnswers(seen(older), seen(newer), changed)
  return {
    ok: true,
    compared: {
      seconds: Math.max(0, after.at - before.at),
      differences: changed.map((one) => {
        const { path, ...difference } = dated(one, times, clock)
        return { ...difference, ...named(path, links), ...comparedWith(before, difference, after.at) }
      }),
      ...(answers.length > 0 ? { answers } : {}),
      unseen: [...leftOut(earlier, later, probes), ...new Set(unseen.map(unseenText))],
    },
  }
}

type Look = Snapshot & { readonly facts: Facts }

/** Probes that were asked the same both times, and answered whole. */
const comparable = (before: Look, after: Look): Set<string> =>
  new Set(
    [...before.facts.whole].filter(
      (probe) => after.facts.whole.has(probe) && before.asked?.[probe] === after.asked?.[probe],
    ),
  )

/** The other probes, of which nothing is known. */
const leftOut = (before: Look, after: Look, probes: ReadonlySet<string>): string[] =>
  [...new Set([before, after].flatMap(({ answers, asked = {} }) => Object.keys({ ...answers, ...asked })))]
    .filter((probe) => !probes.has(probe))
    .map((probe) => `all of ${probe}: not asked the same, or not answered whole, both times`)

function whyNot(before: Look, after: Look, probes: ReadonlySet<string>): string | undefined {
  if (isOfAnotherHost(before, after)) return 'it is of another host'
  if (before.at > after.at) return 'it is newer than this look'
  return probes.size > 0 ? undefined : 'no part of it was asked the same and read whole both times'
}

/** With what orders and dates it, until it is a Difference. */
interface Draft extends Omit<Difference, 'age'> {
  readonly path: string
  readonly changedAt: number
}

const groupBy = (facts: readonly Fact[], keyOf: (fact: Fact) => string): Map<string, Fact[]> => {
  const groups = new Map<string, Fact[]>()
  for (const fact of facts) {
    const key = keyOf(fact)
    const group = groups.get(key)
    if (group) group.push(fact)
    else groups.set(key, [fact])
  }
  return groups
}

const LINE = 'line'
const isLine = ({ area }: Fact): boolean => area === LINE

/** A hunk of text that differs, with the number of its first line: of the newer text where that has one. */
function differentLines(was: readonly Fact[], now: readonly Fact[], unseen: readonly Unseen[]): Draft[] {
  const [before, after] = [groupBy(was.filter(isLine), pathOf), groupBy(now.filter(isLine), pathOf)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path) => {
    const [older, newer] = [before.get(path) ?? [], after.get(path) ?? []]
    const oneSided = older.length === 0 || newer.length === 0
    if (oneSided && isHidden(LINE, path, unseen)) return []
    return hunks(older, newer).map(({ removed, added }) => ({
      probe: (added[0] ?? removed[0])?.probe ?? '',
      area: LINE,
      object: `${path}:${(added[0] ?? removed[0])?.number ?? 0}`,
      was: textOf(removed),
      now: textOf(added),
      followed: false,
      path,
      changedAt: 0,
    }))
  })
}

const pathOf = ({ key }: Fact): string => key

/** A hidden secret is compared by its check. */
const isSame = (a: Fact, b: Fact): boolean => a.value === b.value && a.check === b.check

interface Hunk {
  readonly removed: readonly Fact[]
  readonly added: readonly Fact[]
}

/** The time it takes grows with their square. A file in which more lines differ is another file. */
const MOST_EDITS = 1_000

function hunks(older: readonly Fact[], newer: readonly Fact[]): Hunk[] {
  const found: { removed: Fact[]; added: Fact[] }[] = []
  let open: { removed: Fact[]; added: Fact[] } | undefined
  const parts = diffArrays([...older], [...newer], { comparator: isSame, maxEditLength: MOST_EDITS })
  if (!parts) return [replaced(older, newer)]
  for (const part of parts) {
    if (!part.added && !part.removed) {
      open = undefined
      continue
    }
    if (!open) {
      open = { removed: [], added: [] }
      found.push(open)
    }
    open[part.added ? 'added' : 'removed'].push(...part.value)
  }
  return found
}

/** All but the same beginning and the same end. */
function replaced(older: readonly Fact[], newer: readonly Fact[]): Hunk {
  const isEqual = (a: Fact | undefined, b: Fact | undefined): boolean =>
    a !== undefined && b !== undefined && isSame(a, b)
  let head = 0
  while (isEqual(older[head], newer[head])) head += 1
  const [removed, added] = [older.slice(head), newer.slice(head)]
  let tail = 0
  while (isEqual(removed.at(-1 - tail), added.at(-1 - tail))) tail += 1
  return { removed: removed.slice(0, removed.length - tail), added: added.slice(0, added.length - tail) }
}

/** What a message can show of a hunk. */
const MOST_LINES = 6

const textOf = (lines: readonly Fact[]): string => {
  const left = lines.length - MOST_LINES
  const shown = lines.slice(0, MOST_LINES).map(({ value }) => value)
  return [...shown, ...(left > 0 ? [`… and ${left} more lines`] : [])].join('\n')
}

function differentThings(was: readonly Fact[], now: readonly Fact[], unseen: readonly Unseen[]): Draft[] {
  const idOf = ({ area, key }: Fact): string => `${area}\t${key}`
  const things = (facts: readonly Fact[]): Map<string, Fact> =>
    new Map(facts.filter((fact) => !isLine(fact) && !isIdentity(fact)).map((fact) => [idOf(fact), fact]))
  const [before, after] = [things(was), things(now)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((id) => {
    const [older, newer] = [before.get(id), after.get(id)]
    const one = newer ?? older
    if (!one || (older && newer && isSame(older, newer))) return []
    if ((!older || !newer) && isHidden(one.area, one.key, unseen)) return []
    return [
      {
        probe: one.probe,
        area: one.area,
        object: one.key,
        was: older?.value ?? '',
        now: newer?.value ?? '',
        followed: isFollowed(one.area, older, newer),
        path: one.area === 'file' ? one.key : '',
        changedAt: newer?.number ?? 0,
      },
    ]
  })
}

/** The clock of the host, which always differs, and its name for us. */
const isIdentity = ({ area, key }: Fact): boolean =>
  area === 'host' && (key === 'now' || key === 'machine-id')

/** What only one of two looks has counts only where the other one would have seen it. */
export const isHidden = (area: string, key: string, unseen: readonly Unseen[]): boolean =>
  unseen.some((one) => one.area === area && key.startsWith(one.prefix))

/** States: what a unit or a socket does, and how many processes there are, follows from what somebody changed. */
function isFollowed(area: string, older: Fact | undefined, newer: Fact | undefined): boolean {
  if (area === 'listener') return true
  // They are those of a process: without it there are none.
  if (area === 'limit') return newer === undefined
  // A program that is new may be what disturbs; how many there are of one, or under whose name, follows.
  if (area === 'process') return newer === undefined || older !== undefined || PLATFORM.test(newer.key)
  if (area !== 'unit') return false
  if (!older || !newer) return ONLY_AS_FAILED.test((newer ?? older)?.value ?? '')
  return firstWord(older) === firstWord(newer) && !older.key.includes(' ')
}

/** What runs under these names is started and stopped by units, which are compared themselves. */
const PLATFORM = /debvisor|nginx|postgres|gunicorn|python|node\b|redis/

/** Units of others that are not enabled are told while they have failed, and not before or after. */
const ONLY_AS_FAILED = /^(?!enabled|masked)\S+ failed\b/

/** Of a unit's state: enabled, disabled, masked. */
const firstWord = ({ value }: Fact): string => value.split(' ', 1)[0] ?? ''

/** What is mounted over a folder hides what was there. */
const isUnderNewMount = ({ area, path }: Draft, all: readonly Draft[]): boolean =>
  area === 'file' &&
  all.some((one) => one.area === 'mount' && (path === one.object || path.startsWith(`${one.object}/`)))

/** A process counts once it is some seconds old: one that had started by then was too young for the earlier look. */
const wasThereUnseen = ({ area, was, changedAt }: Draft, since: number): boolean =>
  area === 'process' && was === '' && changedAt > 0 && changedAt <= since

/** The files whose lines differ, and the folders they lie in. */
function withFolders(lines: readonly Draft[]): Set<string> {
  const told = new Set<string>()
  for (const { path } of lines)
    for (let at = path; at !== '' && !told.has(at); at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
      told.add(at)
  return told
}

/**
 * A file whose lines were read says no more of its content than they do: what else differs in it is a comment. A file or
 * a folder is new, or gone, with the lines in it.
 */
function isToldByLines(
  { area, path, was, now }: Draft,
  read: ReadonlySet<string>,
  told: ReadonlySet<string>,
): boolean {
  if (area !== 'file') return false
  if (was === '' || now === '') return told.has(path)
  return read.has(path) && rightsOf(was) === rightsOf(now)
}

/** `owner:group mode type` of a file's value, without size and digest. */
const rightsOf = (value: string): string => value.split(' ').slice(0, 3).join(' ')

/** `times`: when each file last changed. */
function dated(
  { changedAt, ...difference }: Draft,
  times: ReadonlyMap<string, number>,
  clock: number,
): Difference & { readonly path: string } {
  const at = times.get(difference.path) || changedAt
  return at > 0 ? { ...difference, age: Math.max(0, clock - at) } : difference
}

function named(path: string, links: Links): Pick<Difference, 'links'> {
  const names = path === '' ? [] : otherNames(path, links)
  return names.length > 0 ? { links: names } : {}
}

/** `at`: of the later look. */
function comparedWith(before: Snapshot, { probe, area }: Difference, at: number): Pick<Difference, 'since'> {
  const read = readEarlier(before, probe, area)
  return read === undefined ? {} : { since: Math.max(0, at - read) }
}
