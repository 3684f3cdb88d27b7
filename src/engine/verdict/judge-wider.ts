import type { Finding } from '../../findings/finding.ts'
import type { Report } from '../../findings/report.ts'
import type { UnexplainedError } from '../../findings/unexplained-error.ts'
import type { Parameters } from '../runbook/parameters.ts'
import type { Widened } from '../runbook/widen.ts'
import { type Judging, judge } from './judge.ts'

/** What was asked beyond the topic: other topics, with the parameters of all of them. */
export interface Wider extends Widened {
  readonly parameters: Parameters
}

/**
 * The verdict of a topic, and with it what else is wrong with the host as other topics know it. The topic's own answer
 * comes first. A cause beyond it is told first only where it is critical, or explains what the topic found, and the topic
 * has no cause of its own: there it is the likeliest.
 */
export function judgeWider(judging: Judging, wider: Wider | undefined): Report {
  const own = judge(judging)
  if (!wider) return own
  const { runbook, parameters, topicOf, topics } = wider
  const whole = judge({ ...judging, runbook, parameters })
  return { ...withCausesBeyond(own, whole, topicOf), probes: whole.probes, alsoAsked: topics }
}

/** `whole`: the same records, judged with the rules of all topics. */
export function withCausesBeyond(own: Report, whole: Report, topicOf: ReadonlyMap<string, string>): Report {
  const beyond = whole.findings.flatMap((finding) => {
    const topic = topicOf.get(finding.id)
    return topic !== undefined && finding.role === 'cause' && !finding.symptom
      ? [ofTopic(finding, topic)]
      : []
  })
  if (beyond.length === 0) return own
  const explained = explainedBeyond(own, whole, new Set(beyond.map(({ id }) => id)))
  const leading = beyond.filter(({ id, severity }) => severity === 'critical' || explained.causes.has(id))
  const minor = beyond.filter((finding) => !leading.includes(finding))
  if (own.verdict === 'inconclusive' && leading.length === 0)
    return { ...own, findings: [...own.findings, ...minor.map(asNotice)] }
  const rest = own.findings.filter((finding) => !explained.findings.has(finding))
  const open = rest.filter(isOpen)
  const proven = open.findLastIndex(({ role, symptom }) => role === 'cause' && !symptom) + 1
  return {
    ...own,
    verdict: 'problem',
    summary: proven > 0 ? own.summary : summaryWith(own, leading, explained.causes),
    findings: [
      ...open.slice(0, proven),
      ...leading,
      ...open.slice(proven),
      ...minor,
      ...leading.flatMap(({ id }) => explained.causes.get(id) ?? []),
      ...rest.filter((finding) => !isOpen(finding)),
    ],
    ...(own.unexplained ? { unexplained: stillUnexplained(own.unexplained, whole.unexplained) } : {}),
  }
}

/** Its fix is a run's of that topic: there it is approved, applied and looked after. */
function ofTopic({ fix, touches: _, ...finding }: Finding, topic: string): Finding {
  const { resolution } = finding
  const offered = `Diagnose ${topic} on this host: that run offers a fix`
  return { ...finding, resolution: fix === undefined ? resolution : [...resolution, offered], topic }
}

/** A cause or a suspect: what is to be mended, or may have to be. */
const isOpen = ({ role }: Finding): boolean => role === 'cause' || role === 'suspect'

const asNotice = (finding: Finding): Finding => ({ ...finding, role: 'notice' })

interface Explained {
  /** Findings of the topic that causes beyond it explain. */
  readonly findings: ReadonlySet<Finding>
  /** The same as consequences, by the cause under which they are told. */
  readonly causes: ReadonlyMap<string, readonly Finding[]>
}

/** What the topic alone took for a cause, and what follows from something that only another topic knows. */
function explainedBeyond(own: Report, whole: Report, beyond: ReadonlySet<string>): Explained {
  const findings = new Set<Finding>()
  const causes = new Map<string, Finding[]>()
  const reasons = new Map(whole.findings.map(({ id, explainedBy = [] }) => [id, explainedBy]))
  for (const finding of own.findings) {
    if (finding.role !== 'cause') continue
    const roots = rootsOf(finding.id, reasons).filter((id) => beyond.has(id))
    const [root] = roots
    if (root === undefined) continue
    const { symptom: _, ...told } = finding
    findings.add(finding)
    causes.set(root, [...(causes.get(root) ?? []), { ...told, role: 'consequence', explainedBy: roots }])
  }
  return { findings, causes }
}

function rootsOf(id: string, reasons: ReadonlyMap<string, readonly string[]>): string[] {
  const seen = new Set(reasons.get(id))
  for (const each of seen) for (const next of reasons.get(each) ?? []) seen.add(next)
  return [...seen].filter((each) => (reasons.get(each) ?? []).length === 0)
}

function summaryWith(own: Report, leading: readonly Finding[], explained: Explained['causes']): string {
  const [first] = leading
  if (!first) return own.summary
  const [meant] = explained.get(first.id) ?? []
  if (meant) return `${meant.title} because ${first.because ?? first.title}`
  return own.verdict === 'problem' ? `${first.title}; ${own.summary}` : first.title
}

const stillUnexplained = (
  own: readonly UnexplainedError[],
  whole: readonly UnexplainedError[] = [],
): UnexplainedError[] =>
  own.filter(({ of, said }) => whole.some((error) => error.of === of && error.said === said))
