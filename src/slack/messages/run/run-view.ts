import type { Offer } from '../../../escalation/levels.ts'
import type { Run } from '../../../runs/run.ts'
import { oneLine } from '../../../text/shorten.ts'
import { escapeText } from '../../typed-text.ts'
import type { EscalationView } from '../escalation/escalation-view.ts'
import type { FixesView } from '../fix/fix-view.ts'
import { mentionText } from '../rich-text.ts'

/** Everything that a run's messages show. */
export interface RunView {
  readonly run: Run
  readonly topicTitle: string
  /** Slack users who are called with the verdict beside whoever asked: they asked for the same meanwhile. */
  readonly watchers?: readonly string[]
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
}

export interface ShownProbe {
  readonly id: string
  readonly title: string
  /** Asked only where what was answered before calls for it. */
  readonly conditional?: boolean
  readonly state: 'pending' | 'running' | 'done' | 'failed' | 'skipped'
  readonly note?: string
}

/** 🔴 problem, 🟢 healthy, 🟡 inconclusive, ⚫ failed or cancelled, ⏳ not ended. */
export function mark(run: Run): string {
  switch (run.state) {
    case 'queued':
    case 'running':
      return '⏳'
    case 'failed':
    case 'cancelled':
      return '⚫'
    case 'done':
      return marks[run.report?.verdict ?? 'inconclusive']
  }
}

const marks = { problem: '🔴', healthy: '🟢', inconclusive: '🟡' } as const

/** "db on host1", what every headline begins with. */
export const about = (run: Run): string => oneLine(`${run.topic} on ${run.host}`, 150)

/** The verdict in one line, with its mark. Plain text. */
export const headline = (run: Run): string => `${mark(run)} ${about(run)}: ${oneLine(conclusion(run), 300)}`

/** The verdict as a telephone's lock screen shows it, on its own: in words, without a mark. Plain text. */
export const spokenVerdict = (run: Run): string =>
  `${about(run)}: ${weight(run.report)}${oneLine(conclusion(run), 300)}`

/** How bad it is, where the summary does not say so by itself. */
function weight(report: Run['report']): string {
  if (report?.verdict === 'inconclusive') return 'inconclusive: '
  const cause = report?.findings.find(({ role }) => role === 'cause')
  return cause ? `${cause.severity}: ` : ''
}

function conclusion(run: Run): string {
  if (run.report) return run.report.summary
  if (run.failure) return failed[run.failure.stage](run.failure.hop)
  if (run.state === 'cancelled') return `cancelled${afterSeconds(run)}, nothing is known of ${run.host}`
  return run.state === 'queued' ? 'waiting for a free worker' : 'running'
}

function afterSeconds({ createdAt, endedAt }: Run): string {
  const seconds = endedAt ? Math.round((endedAt.getTime() - createdAt.getTime()) / 1_000) : 0
  return seconds > 0 ? ` after ${seconds} s` : ''
}

const failed = {
  inventory: (hop: string) => `not examined, the inventory's entry for ${hop} cannot be used`,
  'key-file': (hop: string) => `not examined, the private key for ${hop} cannot be used`,
  network: (hop: string) => `not examined, ${hop} cannot be reached`,
  'host-key': (hop: string) => `not examined, the host key of ${hop} is not the one that is trusted`,
  authentication: (hop: string) => `not examined, ${hop} refused the login`,
  session: (hop: string) => `not examined, the session on ${hop} did not hold`,
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
