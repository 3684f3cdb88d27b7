import { createHash } from 'node:crypto'
import type { ProbeRecord } from '../findings/probe-record.ts'

/** What a host is made of at one moment, as the snapshot probes printed it. All text in it has passed redact/ already. */
export interface Snapshot {
  /** The bot's wall clock, seconds since 1970. */
  readonly at: number
  /** The fingerprint of the host's key; absent where the host was not reached over SSH. */
  readonly hostKey?: string
  /** By probe, a digest of the command that was run: what another one printed is not compared. */
  readonly asked?: Readonly<Record<string, string>>
  /** Lines by probe: a fact each, its columns parted by tabs. */
  readonly answers: Readonly<Record<string, readonly string[]>>
  /** What of that is older, for this look could not read it. */
  readonly earlier?: readonly Earlier[]
}

/** An area of a probe's answer, or all of it, that an earlier look read. */
export interface Earlier {
  /** Seconds since 1970. */
  readonly at: number
  readonly probe: string
  /** Absent: all areas that no other entry names. */
  readonly area?: string
}

/** When this was read, where that was earlier than the rest. */
export const readEarlier = (
  { earlier = [] }: Pick<Snapshot, 'earlier'>,
  probe: string,
  area: string,
): number | undefined =>
  (
    earlier.find((one) => one.probe === probe && one.area === area) ??
    earlier.find((one) => one.probe === probe && one.area === undefined)
  )?.at

/** One thing of a host. */
export interface Fact {
  readonly probe: string
  readonly area: string
  readonly key: string
  /** Of a `line` its number in the file; of a `file` and a `unit` when it last changed, seconds since 1970; else 0. */
  readonly number: number
  /** Three hexadecimal digits of the digest of what the host read: they tell whether a hidden secret is the same. */
  readonly check: string
  readonly value: string
}

/** What a probe could not look at. `prefix`: of the keys; empty: nothing of this area. */
export interface Unseen {
  readonly area: string
  readonly prefix: string
  readonly why: string
}

/** "file /etc/ssl/private: permission denied"; of a whole area "hba: not for this login". */
export const unseenText = ({ area, prefix, why }: Unseen): string =>
  `${prefix === '' ? area : `${area} ${prefix}`}: ${why}`

/** A snapshot, read. */
export interface Facts {
  /** Probes whose answer is whole: of the others nothing is compared. */
  readonly whole: ReadonlySet<string>
  readonly facts: readonly Fact[]
  readonly unseen: readonly Unseen[]
}

export const UNSEEN = 'unseen'
export const END = 'end'

/** A probe that did not answer is left out. */
export function snapshotOf(
  records: readonly ProbeRecord[],
  { at, hostKey }: Pick<Snapshot, 'at'> & { readonly hostKey: string | undefined },
): Snapshot {
  const answered = records.filter(({ status }) => status === 'answered')
  return {
    at,
    ...(hostKey === undefined ? {} : { hostKey }),
    asked: Object.fromEntries(records.map(({ id, command }) => [id, digestOf(command)])),
    answers: Object.fromEntries(
      answered.map(({ id, stdout }) => [id, stdout.split('\n').filter((line) => line !== '')]),
    ),
  }
}

const digestOf = (command: string): string => createHash('sha256').update(command).digest('hex').slice(0, 12)

/** A line that is no fact is passed over: an answer that lacks its end is not compared. */
export function factsOf({ answers }: Snapshot): Facts {
  const lines = Object.entries(answers).flatMap(([probe, all]) => all.flatMap((line) => factOf(probe, line)))
  return {
    whole: new Set(lines.filter(({ area }) => area === END).map(({ probe }) => probe)),
    facts: lines.filter(({ area }) => area !== END && area !== UNSEEN),
    unseen: lines.filter(({ area }) => area === UNSEEN).map(unseenOf),
  }
}

/** What the host itself says of itself: its clock (`now`), which machine it is (`machine-id`). */
export const ownFact = ({ facts }: Facts, key: 'now' | 'machine-id'): Fact | undefined =>
  facts.find((fact) => fact.area === 'host' && fact.key === key)

/** A host may get a new key, and keeps its machine-id. */
export function isOfAnotherHost(one: Identified, other: Identified): boolean {
  const [id, otherId] = [one, other].map(({ facts }) => ownFact(facts, 'machine-id')?.value)
  if (id !== undefined && otherId !== undefined) return id !== otherId
  return one.hostKey !== undefined && other.hostKey !== undefined && one.hostKey !== other.hostKey
}

export type Identified = Pick<Snapshot, 'hostKey'> & { readonly facts: Facts }

function factOf(probe: string, line: string): Fact[] {
  const [area = '', key = '', number = '', check = '', ...value] = line.split('\t')
  if (area === '' || value.length === 0) return []
  return [{ probe, area, key, number: numberOf(number), check, value: value.join(' ') }]
}

/** What is no plain number is none: an age must stay one that can be stored. */
const numberOf = (text: string): number => (/^\d{1,12}$/.test(text) ? Number(text) : 0)

/** `unseen`, the area as its key, and as its value "prefix: why". */
function unseenOf({ key, value }: Fact): Unseen {
  const at = value.indexOf(': ')
  return at < 0
    ? { area: key, prefix: '', why: value }
    : { area: key, prefix: value.slice(0, at), why: value.slice(at + 2) }
}
