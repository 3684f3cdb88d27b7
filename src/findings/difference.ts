import { posix } from 'node:path'
import type { AnswerChange } from './answer-change.ts'

/** Something of a host that is not as it was. Plain data: it is stored, recorded and judged again as it stands. */
export interface Difference {
  /** The snapshot probe that saw it. */
  readonly probe: string
  /** The kind of thing: `line`, `file`, `setting`, `package` … as snapshot probes print it. */
  readonly area: string
  /** What it is, as people name it: "/etc/nginx/nginx.conf:31", "net.core.somaxconn". */
  readonly object: string
  /** Of a file, its other names: paths of links that lead to it. At most 5; absent: none is known. */
  readonly links?: readonly string[]
  /** Empty: it was not there. Several lines where it is text. */
  readonly was: string
  /** Empty: it is not there any more. */
  readonly now: string
  /** Seconds before the run; absent where the host does not tell when. */
  readonly age?: number
  /** How old the look is that had what was, seconds; absent: it is that of the comparison. */
  readonly since?: number
  /** Absent: from the host itself, when it was well. */
  readonly unlike?: Unlike
  /** A state that follows from something else, such as a listener that is gone: nobody's change. */
  readonly followed: boolean
}

/**
 * What a thing differs from, where that is not the host itself when it was well. `package`: the file of that name;
 * `conffile`: people are meant to edit it (deb-conffiles(5)). `sibling`: another host of its group.
 */
export type Unlike =
  | { readonly kind: 'package'; readonly name: string; readonly conffile: boolean }
  | { readonly kind: 'sibling'; readonly name: string }

/** What a comparison with the last healthy look came to; `with`: with something else. */
export interface Compared {
  readonly with?: ComparedWith
  /** How old that look is, seconds. */
  readonly seconds: number
  readonly differences: readonly Difference[]
  /** How the form of what DebVisor answers differs. Absent: it does not, as far as both looks asked. */
  readonly answers?: readonly AnswerChange[]
  /** What one of the two could not read, so that nothing is said of it: "file /etc/ssl/private: permission denied". */
  readonly unseen: readonly string[]
}

/**
 * `packages`: files of the host with those of their packages; `seconds` is 0. `sibling`: with another host of its group,
 * when that was well.
 */
export type ComparedWith = { readonly kind: 'packages' } | { readonly kind: 'sibling'; readonly name: string }

/** What it was and is, as the host has it. Of a file that only its package describes, neither is known. */
export const contentOf = ({
  was,
  now,
  unlike,
}: Pick<Difference, 'was' | 'now' | 'unlike'>): Pick<Difference, 'was' | 'now'> =>
  unlike?.kind === 'package' ? { was: '', now: '' } : { was, now }

/** Where a link leads, by the value that a `file` has: `OWNER:GROUP MODE link -> TARGET`. Undefined: it is no link. */
export function targetOfLink(path: string, value: string): string | undefined {
  const [, target] = / link -> (\S+)/.exec(value) ?? []
  return target === undefined ? undefined : posix.resolve(posix.dirname(path), target)
}

/** As a noun: "the last healthy run". */
export function otherSide(other: ComparedWith | undefined): string {
  if (!other) return 'the last healthy run'
  return other.kind === 'packages'
    ? 'the packages of the platform'
    : `the last healthy run of its sibling ${other.name}`
}

/** Above what was unseen. A comparison with packages has no second run that could have read it. */
export const notComparedTitle = (other: ComparedWith | undefined): string =>
  other?.kind === 'packages' ? 'Not compared' : 'Not compared, for one of the two runs could not read it'
