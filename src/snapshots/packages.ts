import type { Compared, Difference } from '../findings/difference.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import { type Fact, factsOf, ownFact, snapshotOf, unseenText } from './snapshot.ts'

/**
 * What is not as in its package, by probes that print a `file` with `PACKAGE conffile changed`, `PACKAGE file missing` …
 * Undefined: none of them answered. `at`: seconds since 1970.
 */
export function differsFromPackages(records: readonly ProbeRecord[], at: number): Compared | undefined {
  const facts = factsOf(snapshotOf(records, { at, hostKey: undefined }))
  if (facts.whole.size === 0) return undefined
  const clock = ownFact(facts, 'now')?.number || at
  return {
    with: { kind: 'packages' },
    seconds: 0,
    differences: facts.facts.flatMap((fact) => differenceOf(fact, clock)),
    unseen: facts.unseen.map(unseenText),
  }
}

/** A package's name is quoted in a command that people copy: no other characters are in one (deb-control(5)). */
function differenceOf({ probe, area, key, number, value }: Fact, clock: number): Difference[] {
  const [, name, kind, what] =
    /^([a-z0-9][a-z0-9+.-]{0,60}) (conffile|file) (changed|missing)$/.exec(value) ?? []
  if (area !== 'file' || name === undefined) return []
  return [
    {
      probe,
      area,
      object: key,
      was: `as in package ${name}`,
      now: what === 'missing' ? '' : 'another content',
      ...(number > 0 ? { age: Math.max(0, clock - number) } : {}),
      unlike: { kind: 'package', name, conffile: kind === 'conffile' },
      followed: false,
    },
  ]
}
