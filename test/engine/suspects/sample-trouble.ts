import { type Suspicion, suspectsOf } from '../../../src/engine/suspects/suspects.ts'
import type { Difference } from '../../../src/findings/difference.ts'
import type { Finding } from '../../../src/findings/finding.ts'
import type { UnexplainedError } from '../../../src/findings/unexplained-error.ts'

/** What is wrong and what differs, as tests write it. */

export const difference = (area: string, object: string, more: Partial<Difference> = {}): Difference => ({
  probe: 'snapshot_files',
  area,
  object,
  was: 'a',
  now: 'b',
  followed: false,
  ...more,
})

export const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  role: 'cause',
  severity: 'critical',
  title: 'it fails',
  detail: 'it does not work',
  subject: 's',
  evidence: [],
  resolution: ['Mend it'],
  ...more,
})

/** It says what is wrong, not why. */
export const symptom = (id: string, more: Partial<Finding> = {}): Finding =>
  finding(id, { symptom: true, ...more })

/** One that goes on since `first` seconds before the run. */
export const error = (of: string, said: string, more: Partial<UnexplainedError> = {}): UnexplainedError => ({
  of,
  said,
  object: '',
  count: 9,
  first: 300,
  last: 1,
  goesOn: true,
  strangers: false,
  ...more,
})

const DAY = 86_400

export interface Told {
  readonly findings?: readonly Finding[]
  readonly unexplained?: readonly UnexplainedError[]
  /** How old the healthy look is, seconds. */
  readonly seconds?: number
}

export const suspicion = (
  { findings = [], unexplained = [], seconds = DAY }: Told,
  ...differences: readonly Difference[]
): Suspicion => suspectsOf({ findings, unexplained, compared: { seconds, differences, unseen: [] } })

/** Their objects, the likeliest first; the one that stands out with an exclamation mark. */
export const suspected = (told: Told, ...differences: readonly Difference[]): string[] =>
  suspicion(told, ...differences).suspects.map(
    ({ difference: { object }, isStrong }) => `${object}${isStrong ? '!' : ''}`,
  )
