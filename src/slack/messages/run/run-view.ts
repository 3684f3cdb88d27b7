import type { AlertOfRun } from '../../../alerts/alert-store.ts'
import type { ClosingWords } from '../../../escalation/history/closing-words.ts'
import type { Offer } from '../../../escalation/levels.ts'
import type { Report } from '../../../findings/report.ts'
import { firstCause, verdictMark, verdictParts } from '../../../findings/verdict-words.ts'
import type { Run } from '../../../runs/run.ts'
import { oneLine } from '../../../text/shorten.ts'
import { escapeText } from '../../typed-text.ts'
import type { EscalationView } from '../escalation/escalation-view.ts'
import type { FixesView } from '../fix/fix-view.ts'
import { mentionText } from '../rich-text.ts'
import type { WatchView } from '../watch/watch-view.ts'

/** Everything that a run's messages show. */
export interface RunView {
  readonly run: Run
  readonly topicTitle: string
  /** How many runs are before one that waits; undefined: it does not wait, or its time has not come. */
  readonly before?: number | undefined
  /** Slack users who are called with the verdict beside whoever asked: they asked for the same meanwhile. */
  readonly watchers?: readonly string[]
  /** What its thread tells of. */
  readonly watches?: readonly WatchView[]
  /** That it looks into, or after whose end it looks. */
  readonly alerts?: readonly AlertOfRun[]
  /** In the runbook's order. */
  readonly probes: readonly ShownProbe[]
  /** What fixes of the runbook are called, by id. */
  readonly fixTitles?: ReadonlyMap<string, string>
  /** Of the run's problem, oldest first; those of other runs too. */
  readonly escalations: readonly EscalationView[]
  /** Of a healthy run: what earlier runs of the same topic and host left open, or what was closed since. */
  readonly around?: readonly EscalationView[]
  /** What the run's host may be escalated to, from escalation/levels.ts. */
  readonly offers: readonly Offer[]
  /** What was asked for and may be; undefined where it is not known yet. */
  readonly fixes?: FixesView | undefined
  /** Why it is over. Undefined: nothing says so. */
  readonly solved?: Solved | undefined
  /** How the same problem of this host ended the last time. Undefined: it was not there, or nobody knows. */
  readonly solvedBefore?: SolvedBefore | undefined
}

/** What says that a run's problem is over: one of these at least. */
export interface Solved {
  /** The first run after it, of the same topic and host, that found nothing wrong. */
  readonly healthy?: { readonly code: string; readonly by: string; readonly at: Date }
  /** The fix whose re-check that run is. */
  readonly fix?: { readonly title: string; readonly by: string }
  /** Somebody said so: a Slack user, or a person's name as the pager says it. */
  readonly resolved?: { readonly by: string | null; readonly at: Date }
}

/** The same finding of the same topic and host, in a run before: over before this one was asked for. */
export interface SolvedBefore {
  /** Of that run. */
  readonly code: string
  readonly at: Date
  readonly solved: Solved
  /** What somebody wrote when they closed its ticket. */
  readonly words?: ClosingWords
  /** How often it was there in the last days (COUNTED_DAYS), this time included. */
  readonly times: number
}

export interface ShownProbe {
  readonly id: string
  readonly title: string
  /** Asked only where what was answered before calls for it. */
  readonly conditional?: boolean
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'skipped'
  readonly note?: string
}

/** A mark of findings/verdict-words.ts, ⚫ failed or cancelled, ⏳ not ended. What is solved has ☑️ (solved.ts). */
export function mark(run: Run): string {
  switch (run.state) {
    case 'queued':
    case 'running':
      return '⏳'
    case 'failed':
    case 'cancelled':
      return '⚫'
    case 'done':
      return verdictMark(run.report ?? { verdict: 'inconclusive', findings: [] })
  }
}

/** "db on host1", what every headline begins with. */
export const about = (run: Run): string => oneLine(`${run.topic} on ${run.host}`, 150)

/** The verdict in one line, with its mark. Plain text. */
export const headline = (run: Run): string => `${mark(run)} ${about(run)}: ${conclusion(run)}`

/** The verdict as a telephone's lock screen shows it, on its own: in words, without a mark. Plain text. */
export const spokenVerdict = (run: Run): string => `${about(run)}: ${weight(run.report)}${conclusion(run)}`

/** How bad it is: as bad as its worst cause, which is not always the likeliest. */
function weight(report: Report | null): string {
  if (report?.verdict === 'inconclusive') return 'inconclusive: '
  const cause = report && firstCause(report)
  if (!cause) return ''
  return verdictMark(report) === '🔴' ? 'critical: ' : `${cause.severity}: `
}

/** What was found, or why nothing was. Plain text. */
export function conclusion(run: Run): string {
  if (run.report) return concluded(run.report)
  if (run.failure) return oneLine(whyFailed(run.failure), 300)
  if (run.state === 'cancelled') return `cancelled${afterSeconds(run)}, ${run.host} was not diagnosed`
  return run.state === 'queued' ? 'waiting for its turn' : 'running'
}

/** How far one is that has not ended: "waiting, 3 others are before it". Plain text. */
export function stageOf({ run, before }: Pick<RunView, 'run' | 'before'>): string {
  if (run.state !== 'queued' || before === undefined) return conclusion(run)
  if (before === 0) return 'waiting, next in line'
  return `waiting, ${before === 1 ? '1 other is' : `${before} others are`} before it`
}

/** However long the rest is, how far it is proven is not cut off. */
function concluded(report: Report): string {
  const { said, doubt, suspect } = verdictParts(report)
  const blamed = oneLine(suspect, 140)
  return oneLine(said, 300 - doubt.length - blamed.length) + doubt + blamed
}

type Failure = NonNullable<Run['failure']>

const whyFailed = ({ stage, hop, hostKey }: Failure): string =>
  `not examined, ${stage === 'host-key' ? aboutHostKey(hop, hostKey) : failed[stage](hop)}`

function aboutHostKey(hop: string, hostKey: Failure['hostKey']): string {
  if (hostKey === 'not-pinned') return `the host key of ${hop} is not pinned yet`
  if (hostKey === 'not-checked') return `the host key of ${hop} could not be checked`
  return `the host key of ${hop} is not the one that is trusted`
}

function afterSeconds({ createdAt, endedAt }: Run): string {
  const seconds = endedAt ? Math.round((endedAt.getTime() - createdAt.getTime()) / 1_000) : 0
  return seconds > 0 ? ` after ${seconds} s` : ''
}

const failed = {
  inventory: (hop: string) => `the inventory's entry for ${hop} cannot be used`,
  'key-file': (hop: string) => `the private key for ${hop} cannot be used`,
  network: (hop: string) => `${hop} cannot be reached`,
  authentication: (hop: string) => `${hop} refused the login`,
  session: (hop: string) => `the session on ${hop} broke off`,
} as const

/** "asked by @ana · host1 (production) · 14 probes in 1.2 s · run 7F3K", as mrkdwn. */
export function footer(view: RunView): string {
  const { run } = view
  const host = escapeText(oneLine(run.host, 150))
  const parts = [
    `asked by ${mentionText(run.actor.id)}`,
    run.production ? `${host} (production)` : host,
    ...effort(run),
    `run ${escapeText(run.code)}`,
    ...(run.reason === null ? [] : [escapeText(oneLine(run.reason, 300))]),
  ]
  return parts.join(' · ')
}

function effort({ report }: Run): string[] {
  if (!report) return []
  const asked = report.probes.filter((probe) => probe.status !== 'skipped').length
  const silent = report.unknown.length > 0 ? [`${report.unknown.length} without an answer`] : []
  return [`${counted(asked, 'probe')} in ${(report.ms / 1000).toFixed(1)} s`, ...silent]
}

/** A probe as people know it. */
export const probeTitle = (view: RunView, id: string): string =>
  oneLine(view.probes.find((probe) => probe.id === id)?.title ?? id, 100)

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
