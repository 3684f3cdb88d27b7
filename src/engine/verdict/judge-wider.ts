import type { Finding } from '../../findings/finding.ts'
import type { ProbeSummary, Report } from '../../findings/report.ts'
import type { Parameters } from '../runbook/parameters.ts'
import type { Widened } from '../runbook/widen.ts'
import { FAILED_CALL } from './failed-calls.ts'
import { type Judging, judge } from './judge.ts'

/** What was asked beyond the topic: other topics, with the parameters of all of them. */
export interface Wider extends Widened {
  readonly parameters: Parameters
}

/**
 * The verdict of a topic, and with it what else is wrong with the host as other topics know it. The topic's own answer
 * comes first. A cause beyond it is told first only where it is critical, or explains what the topic found, and the topic
 * has no cause of its own: there it is the likeliest. `judging` has the records of all topics.
 */
export function judgeWider(judging: Judging, wider: Wider | undefined): Report {
  if (!wider) return judge(judging)
  const { runbook, parameters, topics, topicOfFinding, topicOfProbe } = wider
  const whole = judge({ ...judging, runbook, parameters })
  const beyond = whole.findings.flatMap((finding) => {
    const topic = topicOfFinding.get(finding.id)
    return topic !== undefined && isProven(finding) ? [ofTopic(finding, topic)] : []
  })
  const own = judge({ ...judging, quoting: beyond })
  const probes = whole.probes.map((probe): ProbeSummary => {
    const topic = topicOfProbe.get(probe.id)
    return topic === undefined ? probe : { ...probe, topic }
  })
  const told = own.verdict === 'healthy' ? wellAgain(own, whole) : own
  return { ...withCausesBeyond(told, whole, beyond), probes, alsoAsked: topics }
}

/** That a host is well again is said by all topics that found something, or by none. */
function wellAgain(own: Report, { verdict, summary, unknown, unexplained, ruledOut }: Report): Report {
  if (verdict !== 'inconclusive') return { ...own, ruledOut }
  return { ...own, verdict, summary, unknown, ruledOut, ...(unexplained ? { unexplained } : {}) }
}

const isProven = ({ role, symptom }: Finding): boolean => role === 'cause' && !symptom

/** Its fix is a run's of that topic: there it is approved, applied and looked after. */
function ofTopic({ fix, touches: _, ...finding }: Finding, topic: string): Finding {
  const { resolution } = finding
  const offered = `Diagnose ${topic} on this host: its runbook has a fix`
  return { ...finding, resolution: fix === undefined ? resolution : [...resolution, offered], topic }
}

/** `whole`: the same records, judged with the rules of all topics; `beyond`: its causes that are another topic's. */
function withCausesBeyond(own: Report, whole: Report, beyond: readonly Finding[]): Report {
  const explained = explainedBeyond(own, whole, beyond)
  if (beyond.length === 0 && explained.length === 0) return own
  const doubtIsGone = own.verdict === 'healthy'
  const leads = ({ id, severity }: Finding): boolean =>
    severity === 'critical' ||
    doubtIsGone ||
    explained.some(({ explainedBy = [] }) => explainedBy.includes(id))
  const leading = beyond.filter(leads)
  const minor = beyond.filter((finding) => !leads(finding))
  if (own.verdict === 'inconclusive' && leading.length === 0)
    return {
      ...own,
      findings: [...own.findings, ...minor.map(asNotice)],
    }
  const demoted = new Set(explained.map(({ id }) => id))
  const rest = own.findings.filter(({ id, role }) => role !== 'cause' || !demoted.has(id))
  const open = rest.filter(isOpen)
  const ahead = demoted.has(firstCauseOf(own)?.id ?? '')
    ? 0
    : open.findLastIndex((one) => isProven(one) && one.id !== FAILED_CALL) + 1
  const told = {
    ...own,
    verdict: 'problem' as const,
    findings: [
      ...open.slice(0, ahead),
      ...leading,
      ...open.slice(ahead),
      ...minor.filter(isSure),
      ...explained,
      ...rest.filter((finding) => !isOpen(finding)),
      // What strangers do may look like it.
      ...minor.filter((finding) => !isSure(finding)).map(asNotice),
    ],
  }
  return { ...told, summary: headline(own, firstCauseOf(told), explained) }
}

const isSure = ({ confidence }: Finding): boolean => confidence === undefined

const asNotice = (finding: Finding): Finding => ({ ...finding, role: 'notice' })

const firstCauseOf = ({ findings }: Pick<Report, 'findings'>): Finding | undefined =>
  findings.find(({ role }) => role === 'cause')

/** A cause or a suspect: what is to be mended, or may have to be. */
const isOpen = ({ role }: Finding): boolean => role === 'cause' || role === 'suspect'

/**
 * What the topic alone took for causes, and what follows from others once all topics are known, as consequences of those
 * that are told.
 */
function explainedBeyond(own: Report, whole: Report, beyond: readonly Finding[]): Finding[] {
  const reasons = new Map(whole.findings.map(({ id, explainedBy = [] }) => [id, explainedBy]))
  const causes = own.findings.filter(({ role }) => role === 'cause')
  const told = new Set([...causes, ...beyond].map(({ id }) => id))
  return causes.flatMap(({ symptom: _, ...finding }): Finding[] => {
    const explainedBy = rootsOf(finding.id, reasons).filter((id) => told.has(id))
    return explainedBy.length > 0 ? [{ ...finding, role: 'consequence', explainedBy }] : []
  })
}

function rootsOf(id: string, reasons: ReadonlyMap<string, readonly string[]>): string[] {
  const seen = new Set(reasons.get(id))
  for (const each of seen) for (const next of reasons.get(each) ?? []) seen.add(next)
  return [...seen].filter((each) => (reasons.get(each) ?? []).length === 0)
}

/** Where another cause comes first than the topic would tell. What the topic itself says stays in it. */
function headline(own: Report, first: Finding | undefined, explained: readonly Finding[]): string {
  const before = firstCauseOf(own)
  if (!first || first.id === before?.id) return own.summary
  const meant = explained.find(({ explainedBy = [] }) => explainedBy.includes(first.id))
  if (meant) return `${meant.title} because ${first.because ?? first.title}`
  if (own.verdict === 'healthy' || first.topic === undefined) return first.title
  return `${first.title} (${first.topic}); ${own.summary}${before?.symptom ? ' (cause unknown)' : ''}`
}
