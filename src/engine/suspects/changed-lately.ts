import type { Difference } from '../../findings/difference.ts'
import type { Changed } from '../../findings/recent-changes.ts'

/** With the probe that says so. */
export type ChangedBy = Changed & { readonly probe: string }

/**
 * Where there is no healthy run to compare with: the files that the host itself says were changed lately. What was in
 * them before is not known.
 */
export function changedLately({ items, probe }: ChangedBy): Difference[] {
  const files = items.filter(({ kind }) => kind === 'file')
  const isOfBatch = (age: number): boolean =>
    files.filter((one) => Math.abs(one.age - age) <= AT_ONCE).length >= BATCH
  return files
    .filter(({ age }) => !isOfBatch(age))
    .map(({ name, age }) => ({ probe, area: 'file', object: name, was: '', now: '', age, followed: false }))
}

/** So many files within so many seconds were unpacked by an installation, and not edited by a person. */
const BATCH = 4
const AT_ONCE = 3

/** Only the time of it is known. */
export const isOnlyDated = ({ was, now }: Pick<Difference, 'was' | 'now'>): boolean =>
  was === '' && now === ''
