import type { Finding, Severity } from '../../findings/finding.ts'
import { findingLabel } from '../../findings/finding-label.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import { changedLine } from '../../findings/recent-changes.ts'
import type { ProbeStatus } from '../../findings/report.ts'
import { asker, type Bundle, causes, headline, severity, standing, utc } from '../../runs/bundle.ts'
import { asManyAsFit, type Block, toText } from '../../text/plain-and-html.ts'
import { cut, headAndTail, oneLine } from '../../text/shorten.ts'

/** Level 1 of the guide: "Create an internal ticket with logs and reproduction steps". */
export interface TicketDraft {
  /** At most 150 characters. */
  readonly title: string
  readonly severity: Severity
  /** The opening of `body`, at most 2,900 characters: what fits into a modal's input (3,000). */
  readonly summary: string
  /** At most 35,000 characters. An edited summary goes into it as `edited + body.slice(summary.length)`. */
  readonly body: string
}

const BODY = 35_000
const SUMMARY = 2_900
// Each holds at least its first finding or step at its longest; together they leave 5,000 characters for output.
const FINDINGS = 10_000
const STEPS = 11_000
const OUTPUT_OF_A_PROBE = 3_000
const FIRST_LINES = 4

export function draftTicket(bundle: Bundle): TicketDraft {
  const summary = cut(toText(aboutRun(bundle)), SUMMARY)
  const details = toText([...aboutFindings(bundle), ...aboutUnknown(bundle), ...reproduction(bundle)])
  const output = toText(outputs(bundle, BODY - summary.length - details.length - 8))
  const body = [summary, details, output].filter((part) => part !== '').join('\n\n')
  return {
    title: oneLine(headline(bundle), 150),
    severity: severity(bundle),
    summary,
    body: cut(body, BODY),
  }
}

/** Verdict, host, who asked and when, the thread. */
export function aboutRun(bundle: Bundle): Block[] {
  const { run, failure, report, threadUrl } = bundle
  const host = run.production ? `${run.host} (production)` : run.host
  const took = run.endedAt ? `, ended ${utc(run.endedAt)}` : ''
  return [
    { kind: 'heading', text: 'Summary' },
    { kind: 'line', text: oneLine(headline(bundle), 1_000) },
    { kind: 'item', text: `Verdict: ${standing(bundle)}, severity ${severity(bundle)}` },
    { kind: 'item', text: `Host: ${host}; topic: ${run.topic}; run ${run.code}` },
    { kind: 'item', text: `Asked by ${asker(bundle)} at ${utc(run.createdAt)}${took}` },
    ...(report?.changed && report.changed.items.length > 0
      ? [item(oneLine(changedLine(report.changed, 6), 800))]
      : []),
    ...(failure ? [item(`Remedy: ${oneLine(failure.remedy, 500)}`)] : []),
    ...(threadUrl ? [{ kind: 'link', text: 'Thread', href: threadUrl } as const] : []),
  ]
}

/** Causes first, each with its evidence and its consequences; notices last; then what was ruled out. */
export function aboutFindings(bundle: Bundle): Block[] {
  const { report } = bundle
  if (!report || report.findings.length === 0) return ruledOut(bundle)
  const groups = report.findings.map((finding) => aboutFinding(finding, report.findings))
  const more = (count: number) => `${count} more findings are in the thread.`
  const title = causes(bundle).length > 0 ? 'Cause and consequences' : 'Findings'
  return [{ kind: 'heading', text: title }, ...asManyAsFit(groups, FINDINGS, more), ...ruledOut(bundle)]
}

function aboutFinding(finding: Finding, all: readonly Finding[]): Block[] {
  const reasons = all.filter((other) => finding.explainedBy?.includes(other.id)).map((other) => other.title)
  const because = reasons.length > 0 ? ` (explained by: ${reasons.join('; ')})` : ''
  const title =
    finding.role === 'suspect'
      ? `${findingLabel(finding)}: ${finding.title}`
      : `${findingLabel(finding)}, ${finding.severity}: ${finding.title}${because}`
  return [
    { kind: 'line', text: oneLine(title, 600) },
    item(oneLine(finding.detail, 600)),
    ...finding.evidence
      .slice(0, 5)
      .flatMap(({ probe, text }): Block[] => [
        item(`Evidence, from ${probe}:`),
        ...quoted(cut(firstLines(text, 12), 800)),
      ]),
    ...finding.resolution.slice(0, 10).map((step) => item(`Resolution: ${oneLine(step, 300)}`)),
  ]
}

function ruledOut({ report }: Bundle): Block[] {
  if (!report || report.ruledOut.length === 0) return []
  const titles = report.ruledOut.map(({ title }) => title).join('; ')
  return [
    { kind: 'heading', text: 'Ruled out' },
    { kind: 'line', text: oneLine(titles, 1_500) },
  ]
}

export function aboutUnknown({ report }: Bundle): Block[] {
  if (!report || report.unknown.length === 0) return []
  const groups = report.unknown.map(({ probe, reason, remedy }) => [
    item(`${probe}: ${oneLine(reason, 300).replace(/\.$/, '')}. Remedy: ${oneLine(remedy, 500)}`),
  ])
  const more = (count: number) => `${count} more could not be seen either.`
  return [{ kind: 'heading', text: 'What could not be seen' }, ...asManyAsFit(groups, 3_000, more)]
}

const NO_LONGER = 'The commands of this run and what they printed are no longer kept: they are too old.'

/** The exact commands and what they gave; those of the guide and those that a finding quotes come first. */
export function reproduction(bundle: Bundle): Block[] {
  const { run, failure } = bundle
  const again = item(`All of it again: \`/debvisor diagnose ${run.topic} ${run.host}\`.`)
  const failed = failure
    ? [item(`It failed at ${failure.hop} (${failure.stage}): ${oneLine(failure.reason, 500)}`)]
    : []
  const steps = inOrder(bundle).map((record, at) => aboutStep(record, at + 1, bundle.guideSteps))
  const more = (count: number) => `${count} further commands are in the evidence of the thread.`
  return [
    { kind: 'heading', text: `Reproduction steps on ${run.host}` },
    again,
    ...failed,
    ...(bundle.outputsGone ? [item(NO_LONGER)] : []),
    ...asManyAsFit(steps, STEPS, more),
  ]
}

function aboutStep(record: ProbeRecord, number: number, guideSteps: ReadonlyMap<string, string>): Block[] {
  return [
    outcome(record, number, guideSteps),
    { kind: 'quote', text: `$ ${cut(record.command, 1_800)}` },
    ...quoted(firstLines(said(record), FIRST_LINES)),
  ]
}

function outcome(record: ProbeRecord, number: number, guideSteps: ReadonlyMap<string, string>): Block {
  const step = guideSteps.get(record.id)
  const name = step ? `${record.id} (guide: ${step})` : record.id
  const exit = record.exitCode === null ? '' : `, exit status ${record.exitCode}`
  const reason = record.reason ? `: ${oneLine(record.reason, 300)}` : ''
  return {
    kind: 'line',
    text: `${number}. ${name}: ${words[record.status]}${exit}, ${record.ms} ms${reason}`,
  }
}

const words: Readonly<Record<ProbeStatus, string>> = {
  answered: 'answered',
  'not-installed': 'the program is not installed',
  skipped: 'not needed',
  unanswered: 'no answer',
  'timed-out': 'timed out',
  refused: 'refused',
  cut: 'printed too much',
  lost: 'the connection was lost',
}

function firstLines(text: string, max: number): string {
  const lines = text.split('\n')
  const shown = lines.slice(0, max).map((line) => oneLine(line, 200))
  const rest = lines.length - shown.length
  return shown.join('\n') + (rest > 0 ? `\n[… ${rest} more lines]` : '')
}

const said = ({ stdout, stderr }: ProbeRecord): string =>
  [stdout.trim(), stderr.trim()].filter((text) => text !== '').join('\n')

/** Probes that were run; first those that a step of the guide or a finding points at. */
function inOrder({ report, records, guideSteps }: Bundle): ProbeRecord[] {
  const cited = new Set(report?.findings.flatMap((finding) => finding.evidence.map(({ probe }) => probe)))
  const run = records.filter((record) => record.status !== 'skipped')
  const matters = (record: ProbeRecord) => guideSteps.has(record.id) || cited.has(record.id)
  return [...run.filter(matters), ...run.filter((record) => !matters(record))]
}

/** The redacted output of the probes, as much of it as `max` characters hold. */
function outputs(bundle: Bundle, max: number): Block[] {
  const long = inOrder(bundle).filter((record) => said(record).split('\n').length > FIRST_LINES)
  if (long.length === 0) return []
  const groups = long.map((record): Block[] => [
    { kind: 'line', text: `${record.id}:` },
    { kind: 'quote', text: headAndTail(said(record), OUTPUT_OF_A_PROBE) },
  ])
  const more = (count: number) => `The output of ${count} more probes is in the thread.`
  const heading: Block = { kind: 'heading', text: 'Output (redacted)' }
  return [heading, ...asManyAsFit(groups, max - toText([heading]).length - 2, more)]
}

/** Everything, for a file: the ticket without its cuts. At most 2 MB of text. */
export function evidenceFile(bundle: Bundle): { readonly filename: string; readonly content: string } {
  const whole = inOrder(bundle).flatMap((record, at): Block[] => [
    outcome(record, at + 1, bundle.guideSteps),
    { kind: 'quote', text: `$ ${record.command}` },
    ...quoted(said(record)),
  ])
  const blocks: Block[] = [
    ...aboutRun(bundle),
    ...aboutFindings(bundle),
    ...aboutUnknown(bundle),
    { kind: 'heading', text: `Every command on ${bundle.run.host} and its output (redacted)` },
    ...(bundle.outputsGone ? [item(NO_LONGER)] : []),
    ...whole,
  ]
  return { filename: `evidence-${bundle.run.code}.txt`, content: cut(`${toText(blocks)}\n`, 2_000_000) }
}

const item = (text: string): Block => ({ kind: 'item', text })
const quoted = (text: string): Block[] => (text === '' ? [] : [{ kind: 'quote', text }])
