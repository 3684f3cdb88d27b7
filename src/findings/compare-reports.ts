import type { Finding } from './finding.ts'
import type { Report } from './report.ts'

/**
 * What a fix changed, by the run before and the run after it. `resolved`: the finding is gone and nothing else is
 * wrong. `other-causes`: it is gone, causes that were there before are not. `worse`: there is a cause that was not
 * there before. `unclear`: it could not be seen any more.
 */
export type Comparison =
  | { readonly kind: 'resolved' }
  | { readonly kind: 'not-resolved' | 'other-causes' | 'worse'; readonly causes: readonly Finding[] }
  | { readonly kind: 'unclear'; readonly reason: string }

export interface Mended {
  readonly finding: string
  readonly subject: string
}

export function compareReports(mended: Mended, before: Report, after: Report): Comparison {
  // A look that finds its own topic well asks no other one, so what another one knows is not compared.
  const causes = after.findings.filter(({ role, topic }) => role === 'cause' && topic === undefined)
  const known = new Set(before.findings.map(keyOf))
  const fresh = causes.filter((cause) => !known.has(keyOf(cause)) && cause.id !== mended.finding)
  if (fresh.length > 0) return { kind: 'worse', causes: fresh }
  const same = after.findings.filter(({ id, role }) => id === mended.finding && role !== 'notice')
  // The subject may have changed its name: a process has another number, a disk other figures. Where there was one such
  // finding, its id is enough.
  const still =
    same.some(({ subject }) => subject === mended.subject) || (same.length > 0 && alone(mended, before))
  if (still) return { kind: 'not-resolved', causes }
  if (causes.length > 0) return { kind: 'other-causes', causes }
  if (after.verdict === 'inconclusive') return { kind: 'unclear', reason: after.summary }
  return { kind: 'resolved' }
}

const alone = ({ finding }: Mended, { findings }: Report): boolean =>
  findings.filter(({ id }) => id === finding).length === 1

const keyOf = ({ id, subject }: Finding): string => JSON.stringify([id, subject])
