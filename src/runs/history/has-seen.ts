import { FAILED_CALL } from '../../engine/verdict/failed-calls.ts'
import type { Finding } from '../../findings/finding.ts'
import type { ProbeStatus, Report } from '../../findings/report.ts'

/** What a healthy run says beside its verdict. */
export type Looked = Pick<Report, 'ruledOut' | 'probes'>

/**
 * Whether a healthy run looked at what a run before it had found, or had not been able to look at. A healthy run may
 * have been blind for the very thing. Of a host that could not be reached any answer will do.
 */
export function hasSeen(healthy: Looked, before: Report | null): boolean {
  if (!before) return true
  const statuses = new Map(healthy.probes.map(({ id, status }) => [id, status]))
  const causes = before.findings.filter(({ role }) => role === 'cause')
  if (causes.length > 0) return causes.every((cause) => isRuledOut(cause, healthy, statuses))
  return (
    before.unknown.every(({ probe }) => isAnswer(statuses.get(probe))) &&
    (!hasDoubts(before) || isSilentNowhere(before, statuses))
  )
}

type Statuses = ReadonlyMap<string, ProbeStatus>

/** No rule knows what keeps failing in a log, so that log was read again. */
const isRuledOut = ({ id, evidence }: Finding, { ruledOut }: Looked, statuses: Statuses): boolean =>
  id === FAILED_CALL
    ? evidence.every(({ probe }) => isAnswer(statuses.get(probe)))
    : ruledOut.some((other) => other.id === id)

const isAnswer = (status: ProbeStatus | undefined): boolean =>
  status === 'answered' || status === 'not-installed'

const hasDoubts = ({ unexplained = [] }: Report): boolean =>
  unexplained.some(({ goesOn, strangers }) => goesOn && !strangers)

/**
 * An unexplained error of the topic does not say which of its probes read it: each that answered then does so now, or is
 * not needed.
 */
const isSilentNowhere = ({ probes }: Report, statuses: Statuses): boolean =>
  probes
    .filter(({ status, topic }) => isAnswer(status) && topic === undefined)
    .every(({ id }) => isAnswer(statuses.get(id)) || statuses.get(id) === 'skipped')
