import type { Planning } from '../../engine/plan/plan.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Report } from '../../findings/report.ts'
import { gather, type Waves } from './waves.ts'

const PATIENCE = 3

/**
 * Asks once more what a busy host did not answer in time and what its verdict hangs on: with more time, and with fewer
 * neighbours. So the same host gets the same verdict beside a noisy neighbour. `judged`: by what there is.
 */
export async function askLateAgain(waves: Waves, asked: Planning, judged: () => Report): Promise<void> {
  const { records } = waves
  if (![...records.values()].some(isLate) || isOverloaded(records)) return
  const late = judged()
    .unknown.flatMap(({ probe }) => records.get(probe) ?? [])
    .filter(isLate)
  if (late.length === 0) return
  waves.forget([...late.map(({ id }) => id), ...[...records.values()].filter(waited).map(({ id }) => id)])
  await gather(waves, asked, { patience: PATIENCE })
}

/** One whose processes could not be ended is still being asked. */
const isLate = ({ status, leftover = 0 }: ProbeRecord): boolean => status === 'timed-out' && leftover === 0

/** Whether it was needed, or with which value, was not known. */
const waited = ({ status, command }: ProbeRecord): boolean => status === 'unanswered' && command === ''

/** A quarter of what it was asked it could not answer in time, or it does not answer at all any more. */
export function isOverloaded(records: ReadonlyMap<string, ProbeRecord>): boolean {
  const asked = [...records.values()].filter(({ status }) => status !== 'skipped')
  const late = asked.filter(({ status }) => status === 'timed-out')
  return late.length * 4 >= asked.length || asked.some(({ status }) => status === 'lost')
}
