import type { RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import type { Finding } from '../../../findings/finding.ts'
import { findingLabel } from '../../../findings/finding-label.ts'
import { changedPaths, concernedOthers, type FixTouches } from '../../../findings/fix-touches.ts'
import type { ProbeRecord } from '../../../findings/probe-record.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { FixesView } from '../fix/fix-view.ts'
import { bold, bullets, code, excerpt, inline, rich, section, text } from '../rich-text.ts'
import type { RunView } from './run-view.ts'

/** How a quotation is headed: the command that asked, where it is a line; the probe's title, where it is a script. */
type Heading = (probe: string) => RichTextBlockElement

/** A consequence needs less proof: all of it is in the file. */
const quotations = { cause: 4, consequence: 2, suspect: 1, notice: 0 } as const

/** Longer commands are in the file. */
const SHORT_COMMAND = 120

export function headings(view: RunView, records: readonly ProbeRecord[]): Heading {
  const commands = new Map(records.map((record) => [record.id, record.command.trim()]))
  const titles = new Map(view.probes.map((probe) => [probe.id, probe.title]))
  return (probe) => {
    const command = commands.get(probe) ?? ''
    const short = command !== '' && command.length <= SHORT_COMMAND && !command.includes('\n')
    return section(...(short ? code(command) : text(oneLine(titles.get(probe) ?? probe, 120))))
  }
}

/**
 * Causes with their consequences, a block each: what it is, the host's own words, what to do. A step that was said
 * above is not said again, nor is a detail that the quotation shows.
 */
export function evidenceBlocks(
  findings: readonly Finding[],
  headed: Heading,
  view: Pick<RunView, 'fixTitles' | 'fixes'>,
): RichTextBlock[] {
  const told = findings.filter((finding) => finding.role !== 'notice')
  const said = new Set<string>()
  return told.map((finding, at) =>
    rich(
      section(...bold(titleOf(finding)), ...text(underTitle(finding, told, at))),
      ...finding.evidence
        .slice(0, quotations[finding.role])
        .flatMap(({ probe, text: quoted }) => [
          finding.role === 'suspect' ? section(...text('What differs')) : headed(probe),
          excerpt(quoted),
        ]),
      ...steps(finding, said, view),
    ),
  )
}

const titleOf = (finding: Finding): string =>
  `${markOf(finding)} ${findingLabel(finding)}: ${oneLine(finding.title, 200)}`

function markOf({ role, severity, symptom }: Finding): string {
  if (role === 'consequence') return '↳'
  if (role === 'suspect') return '🔎'
  // What is wrong is known, and why is not.
  if (symptom) return '❓'
  return severity === 'critical' ? '🔴' : '🟠'
}

function underTitle(finding: Finding, told: readonly Finding[], at: number): string {
  const shown = finding.evidence.some(({ text: quoted }) => flat(quoted).includes(flat(finding.detail)))
  const lines = [origin(finding, told, at), shown ? '' : oneLine(finding.detail, 300)]
  return lines.map((line) => (line === '' ? '' : `\n${line}`)).join('')
}

const flat = (value: string): string => oneLine(value)

/**
 * Which findings explain this one, where the order does not say so: it follows from more, or from something else, than
 * what stands above.
 */
function origin(finding: Finding, told: readonly Finding[], at: number): string {
  const from = told.filter(({ id }) => finding.explainedBy?.includes(id))
  if (from.length === 0 || (from.length === 1 && from[0] === told[at - 1])) return ''
  return `Follows from: ${oneLine(from.map(({ title }) => title).join('; '), 200)}`
}

function steps(
  { role, resolution, fix, touches }: Finding,
  said: Set<string>,
  view: Pick<RunView, 'fixTitles' | 'fixes'>,
): RichTextBlockElement[] {
  const all = [
    ...resolution.slice(0, 6).map((step) => inline(step, 300)),
    // A consequence goes with its cause; only what causes it has a button.
    ...(fix && role === 'cause'
      ? [fixStep(view.fixTitles?.get(fix) ?? fix, touches, view.fixes?.offer)]
      : []),
  ]
  const fresh = all.filter((step) => !said.has(JSON.stringify(step)))
  for (const step of fresh) said.add(JSON.stringify(step))
  return bullets(fresh)
}

/** ": changes 12 paths from root:root to debvisor:debvisor, the first /var/lib/debvisor. Also concerns: …" */
function touched(touches: FixTouches): string {
  const { paths } = touches
  const first = paths?.first[0] === undefined ? '' : `, the first ${paths.first[0]}`
  const others = concernedOthers(touches)
  return `${paths ? `: ${changedPaths(paths)}${first}` : ''}${others === '' ? '' : `. ${others}`}`
}

/** What mends it, and how it is applied: the button stands in the run's message, above its thread. */
const fixStep = (
  title: string,
  touches: Finding['touches'],
  offer: FixesView['offer'],
): RichTextElement[] => [
  ...text('Fix: '),
  ...bold(oneLine(title, 200)),
  ...text(touches ? oneLine(touched(touches), 600) : ''),
  ...(offer === 'offered'
    ? [...text('. '), ...bold('Apply fix'), ...text(' above shows its exact commands before anything runs')]
    : text(offer ? '. Slack cannot apply it: the bot has no login for fixes on this host' : '')),
]
