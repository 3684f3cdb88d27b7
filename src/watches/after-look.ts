import { findingOfKey } from '../findings/problem-key.ts'
import type { Run } from '../runs/run.ts'
import type { Watch } from './watch.ts'

/** What a look saw. */
export interface Seen {
  readonly isHealthy: boolean
  /** As `Watch.known` has them, in order: all causes that the topic itself found, or what stands in their place. */
  readonly verdicts: readonly string[]
  readonly at: Date
}

/** Undefined: it was cancelled, and saw nothing. */
export function seenBy(
  run: Pick<Run, 'state' | 'report' | 'problemKeys' | 'startedAt' | 'createdAt'>,
): Seen | undefined {
  const [key] = run.problemKeys
  if ((run.state !== 'done' && run.state !== 'failed') || key === undefined) return undefined
  const isHealthy = run.report?.verdict === 'healthy'
  const beyond = new Set(run.report?.findings.flatMap(({ id, topic }) => (topic === undefined ? [] : [id])))
  // A subject may change its name, such as a process's number: the finding is the verdict.
  const [first = key, ...others] = run.problemKeys.map((each) => findingOfKey(each) ?? each)
  const verdicts = [...new Set([first, ...others.filter((each) => !beyond.has(each))])].toSorted()
  return { isHealthy, verdicts, at: run.startedAt ?? run.createdAt }
}

export type Progress = Pick<Watch, 'wanted' | 'healthy' | 'healthySince' | 'looks' | 'known'>

/** How a watch stands after a look. */
export interface Judged extends Pick<Watch, 'healthy' | 'healthySince' | 'looks' | 'known'> {
  /** `changed`: it found what its thread has not told. `well`: it stayed healthy, and is over. */
  readonly news: 'none' | 'changed' | 'well'
}

/**
 * Healthy looks count as long as they follow each other; a look that could not see is none of them. Each verdict is told
 * once, however often a host goes back and forth; that it is healthy is told once it stays so.
 */
export function afterLook(watch: Progress, seen: Seen): Judged {
  const looks = watch.looks + 1
  const { known } = watch
  if (seen.isHealthy) {
    const healthy = watch.healthy + 1
    const healthySince = watch.healthy > 0 ? watch.healthySince : seen.at
    return { healthy, healthySince, looks, known, news: healthy >= watch.wanted ? 'well' : 'none' }
  }
  const untold = seen.verdicts.filter((each) => !known.includes(each))
  return {
    healthy: 0,
    healthySince: null,
    looks,
    known: [...known, ...untold],
    news: untold.length > 0 ? 'changed' : 'none',
  }
}
