import type { Finding } from '../../findings/finding.ts'
import { quote } from '../../text/quote.ts'
import { clip } from '../../text/shorten.ts'
import { failedCallOf } from '../errors/failed-call.ts'
import type { UnexplainedGroup } from './unexplained-errors.ts'

export const FAILED_CALL = 'log.failed-call'

const MOST = 3
const MOST_LINES = 3

/**
 * What keeps failing in the platform's own log is a cause, though no rule knows it, where the line names the object and
 * what the kernel said of it: nobody needs more to begin. What came once, and what strangers do, is none.
 */
export function failedCalls(groups: readonly UnexplainedGroup[]): Map<UnexplainedGroup, Finding> {
  const found = new Map<UnexplainedGroup, Finding>()
  for (const group of groups) {
    const finding = found.size < MOST ? failedCall(group) : undefined
    if (finding) found.set(group, finding)
  }
  return found
}

function failedCall({ error, probe, lines, own }: UnexplainedGroup): Finding | undefined {
  const { of, said, object, goesOn, strangers, count, last } = error
  const call = own && goesOn && !strangers && isPlace(object) ? failedCallOf(said) : undefined
  if (!call || call.isOfNetwork !== !object.startsWith('/')) return undefined
  const subject = clip(object, 200)
  return {
    id: FAILED_CALL,
    role: 'cause',
    severity: 'warning',
    title: `${of} keeps failing on ${subject}: it ${call.so}`,
    because: `${subject} ${call.so}`,
    detail: `${call.code}: ${clip(said, 300)}. Logged ${count} times, last ${last} s before this run`,
    subject,
    evidence: [{ probe, text: lines.slice(-MOST_LINES).join('\n') }],
    resolution: [`Check: ${call.step.replaceAll('$', () => asWord(subject))}`],
  }
}

/** Readable where it can be, and never more than a word of a command that somebody pastes. */
const asWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : quote(text))

/** Below what a rule proves, and above what only says that something is wrong. */
export function withFailedCalls(findings: readonly Finding[], failed: readonly Finding[]): Finding[] {
  if (failed.length === 0) return [...findings]
  const proven = findings.findLastIndex(({ role, symptom }) => role === 'cause' && !symptom)
  const at = findings.findIndex(({ role, symptom }, i) => i > proven && (symptom || role !== 'cause'))
  const split = at < 0 ? findings.length : at
  return [...findings.slice(0, split), ...failed, ...findings.slice(split)]
}

/** Lines of code and objects of a database are no place that a system call is made on. */
const isPlace = (object: string): boolean =>
  /^\/(?!.*:\d+$)|^[\w.-]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i.test(object)
