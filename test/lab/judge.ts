import type { Finding } from '../../src/findings/finding.ts'
import type { Report } from '../../src/findings/report.ts'
import type { Fault } from './faults/fault.ts'

export interface Judged {
  readonly right: boolean
  /**
   * What was right: a finding that names the cause, or, where no cause is proved, the first difference that is under suspicion. A pair is right by
   * suspect where one of its causes is. Absent where it is wrong, and in results that are older than suspects.
   */
  readonly by?: 'cause' | 'suspect'
  /** What the CLI said first, one line. */
  readonly first: string
  /** The first suspect, one line; absent where there is none. */
  readonly suspect?: string
  /** How many suspects a healthy host has; absent for hosts that are not. */
  readonly falseSuspects?: number
  /** Why it is wrong; empty where it is right. */
  readonly why: string
}

/** How far down a pair's causes may stand. */
const PAIR_DEPTH = 3

/** Judges a report by what the fault expects. */
export function judge(fault: Fault, report: Report): Judged {
  const said = report.findings.filter(({ role }) => role !== 'notice')
  const suspects = said.filter(isSuspect)
  const [suspect] = suspects
  const verdict = fault.kind === 'healthy' ? ofHealthy(report, suspects) : ofBroken(fault, report, said)
  return {
    right: verdict.why === '',
    ...verdict,
    first: said[0] ? inLine(said[0]) : report.verdict,
    ...(suspect ? { suspect: inLine(suspect) } : {}),
  }
}

const inLine = ({ title, subject }: Finding): string => `${title} (${subject})`

type Verdict = Pick<Judged, 'why' | 'by' | 'falseSuspects'>

function ofHealthy({ verdict }: Report, suspects: readonly Finding[]): Verdict {
  const falseSuspects = suspects.length
  if (verdict !== 'healthy') return { falseSuspects, why: `a healthy host is ${verdict}` }
  if (falseSuspects > 0) return { falseSuspects, why: `a healthy host has ${falseSuspects} suspects` }
  return { falseSuspects, by: 'cause', why: '' }
}

function ofBroken(fault: Fault, report: Report, said: readonly Finding[]): Verdict {
  const { kind, expect, mustNotClaim = [] } = fault
  const claimed = said
    .filter(({ role }) => role === 'cause')
    .find(({ title }) => mustNotClaim.some((one) => one.test(title)))
  if (claimed) return { why: `it claims '${claimed.title}'` }
  const depth = kind === 'pair' && expect.length > 1 ? PAIR_DEPTH : 1
  const ways = expect.map((patterns, number) => how(said, depth, patterns, objectOf(fault, number)))
  const missing = expect[ways.indexOf(undefined)]
  if (!missing) return { by: ways.includes('suspect') ? 'suspect' : 'cause', why: '' }
  return { why: objection(report, said, missing) }
}

/** A fault has one object, a pair with two causes one for each. */
function objectOf({ object }: Fault, number: number): RegExp | undefined {
  return object instanceof RegExp ? object : object?.[number]
}

/** How the report names one expected cause; undefined where it does not. */
function how(
  said: readonly Finding[],
  depth: number,
  patterns: readonly RegExp[],
  object: RegExp | undefined,
): 'cause' | 'suspect' | undefined {
  const named = said.slice(0, depth).find((finding) => says(finding, patterns))
  if (named && !isSuspect(named)) return 'cause'
  const open = said.filter((finding) => !isSymptom(finding)).slice(0, depth)
  const guilty = open.find((finding) => isSuspect(finding) && (object?.test(difference(finding)) ?? false))
  return named || guilty ? 'suspect' : undefined
}

function objection({ verdict }: Report, said: readonly Finding[], missing: readonly RegExp[]): string {
  if (said.length === 0) return `it names no cause: ${verdict}`
  const later = said.findIndex((finding) => says(finding, missing))
  return later < 0 ? `not said: ${missing.join(' ')}` : `said as number ${later + 1}: ${missing.join(' ')}`
}

/** A difference to the host of before. Its role is compared as text: results of builds that know no suspects are judged too. */
const isSuspect = ({ role }: { readonly role: string }): boolean => role === 'suspect'

/** It says what is wrong and not why, so that a suspect may stand behind it. */
const isSymptom = (finding: Finding & { readonly symptom?: boolean }): boolean => finding.symptom === true

/** What a suspect says that was different: not the reasons for suspecting it. */
const difference = ({ title, subject, evidence }: Finding): string =>
  [title, subject, ...evidence.map(({ text }) => text)].join('\n')

function says(
  { title, because = '', detail, subject, evidence }: Finding,
  patterns: readonly RegExp[],
): boolean {
  const text = [title, because, detail, subject, ...evidence.map(({ text }) => text)].join('\n')
  return patterns.every((pattern) => pattern.test(text))
}
