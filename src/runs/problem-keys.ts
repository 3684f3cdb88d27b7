import type { Finding } from '../findings/finding.ts'
import { problemKey } from '../findings/problem-key.ts'
import type { Report } from '../findings/report.ts'
import type { Run } from './run.ts'

/**
 * The causes' keys, the likeliest first; where the topic itself has none, one key of its own comes first. Those of other
 * topics are last, and what follows from them counts as the topic's cause: a host that answers too slowly is not asked by
 * other topics, and its problem is the same.
 */
export function problemKeysOf(run: Pick<Run, 'team' | 'host' | 'topic'>, report: Report): string[] {
  const about = { team: run.team, host: run.host }
  const beyond = report.findings.filter(({ role, topic }) => role === 'cause' && topic !== undefined)
  const isOfOthers = (id: string) => beyond.some((cause) => cause.id === id)
  const own = report.findings.filter(
    ({ role, topic, explainedBy = [] }) =>
      topic === undefined && (role === 'cause' || (role === 'consequence' && explainedBy.every(isOfOthers))),
  )
  const keys = (all: readonly Finding[]) =>
    all.map(({ id, subject }) => problemKey({ ...about, finding: id, subject }))
  if (own.length > 0) return [...keys(own), ...keys(beyond)]
  const verdict = report.verdict === 'problem' ? 'inconclusive' : report.verdict
  return [problemKey({ ...about, finding: `${verdict}.${run.topic}`, subject: run.host }), ...keys(beyond)]
}
