import type { KnownBlock, RichTextBlock, RichTextBlockElement } from '@slack/types'
import type { ProbeRecord } from '../../engine/probe-record.ts'
import { oneLine } from '../../escalation/document.ts'
import type { Finding, Unknown } from '../../findings/finding.ts'
import type { Report } from '../../findings/report.ts'
import { LIMITS } from '../limits.ts'
import { type Message, makeMessage, type ThreadFile } from '../message.ts'
import { bold, bullets, code, inline, preformatted, rich, section, text } from './rich.ts'
import { about, type RunView } from './run-view.ts'

/** A message of the thread; `key` is the same whenever the run is shown again. */
export interface ThreadMessage extends Message {
  readonly key: string
}

/** More than this is not read in a chat; the file has it all. */
const MOST_EVIDENCE_MESSAGES = 4
const ROOM = LIMITS.blocksJson - 1_000

/**
 * What the verdict rests on: evidence of each finding, causes first, then what was ruled out and what could
 * not be seen.
 */
export function threadMessages(view: RunView, records: readonly ProbeRecord[]): ThreadMessage[] {
  const { report } = view.run
  if (!report) return []
  const commands = new Map(records.map((record) => [record.id, record.command]))
  const found = report.findings.map((finding) => findingBlock(finding, report.findings, commands))
  return [...evidence(view, packed(found)), ...rest(view, report)]
}

function evidence(view: RunView, pages: readonly (readonly KnownBlock[])[]): ThreadMessage[] {
  return pages.slice(0, MOST_EVIDENCE_MESSAGES).map((page, at) => {
    const left = at === MOST_EVIDENCE_MESSAGES - 1 ? pages.slice(MOST_EVIDENCE_MESSAGES).flat().length : 0
    const more = left > 0 ? [rich(section(...text(`${left} more findings are in the file below.`)))] : []
    return {
      key: `thread:evidence:${at + 1}`,
      ...makeMessage(`Evidence for ${about(view.run)}`, [...page, ...more]),
    }
  })
}

/** As many blocks a message as its room holds, never torn. */
function packed(blocks: readonly KnownBlock[]): KnownBlock[][] {
  const pages: KnownBlock[][] = []
  let used = ROOM
  for (const block of blocks) {
    const size = JSON.stringify(block).length
    if (used + size > ROOM || (pages.at(-1)?.length ?? 0) >= LIMITS.blocks - 2) {
      pages.push([])
      used = 0
    }
    pages.at(-1)?.push(block)
    used += size
  }
  return pages
}

const roles = { cause: '🔴 Cause', consequence: '↳ Consequence', notice: 'ℹ️ Notice' } as const

function findingBlock(
  finding: Finding,
  all: readonly Finding[],
  commands: ReadonlyMap<string, string>,
): RichTextBlock {
  const reasons = all.filter((other) => finding.explainedBy?.includes(other.id)).map((other) => other.title)
  const because = reasons.length > 0 ? `, explained by: ${oneLine(reasons.join('; '), 200)}` : ''
  return rich(
    section(
      ...bold(`${roles[finding.role]}: ${oneLine(finding.title, 200)}`),
      ...text(` (${finding.severity}${because})\n${oneLine(finding.detail, 400)}`),
    ),
    ...finding.evidence.slice(0, 4).flatMap(({ probe, text: quoted }) => quote(probe, quoted, commands)),
    ...steps(finding),
  )
}

/** The command that asked, and what the host answered. */
function quote(probe: string, answer: string, commands: ReadonlyMap<string, string>): RichTextBlockElement[] {
  const command = commands.get(probe)
  const asked = command ? code(oneLine(command, 200)) : text('no command')
  return [section(...text(`${probe}: `), ...asked), preformatted(answer, 900)]
}

function steps(finding: Finding): RichTextBlockElement[] {
  const fix = finding.fix ? [inline(`Known fix: \`${finding.fix}\``)] : []
  const resolution = finding.resolution.slice(0, 6).map((step) => inline(step, 300))
  return bullets([...resolution, ...fix])
}

function rest(view: RunView, report: Report): ThreadMessage[] {
  const blocks = [...unknownBlocks(report.unknown), ...ruledOutBlocks(report)]
  if (blocks.length === 0) return []
  return [{ key: 'thread:rest', ...makeMessage(`Unknown and ruled out for ${about(view.run)}`, blocks) }]
}

/** Each with the exact grant that would allow it, to be copied. */
function unknownBlocks(unknown: readonly Unknown[]): KnownBlock[] {
  if (unknown.length === 0) return []
  const shown = unknown.slice(0, 10)
  const left = unknown.length - shown.length
  const each = shown.flatMap((one): RichTextBlockElement[] => [
    section(...bold(one.probe), ...text(`: ${oneLine(one.reason, 200)}`)),
    preformatted(one.remedy, 400),
  ])
  const more = left > 0 ? [section(...text(`${left} more are in the file below.`))] : []
  return [rich(section(...bold('Could not be seen')), ...each, ...more)]
}

function ruledOutBlocks({ ruledOut }: Report): KnownBlock[] {
  if (ruledOut.length === 0) return []
  const shown = ruledOut.slice(0, 30).map(({ title }) => text(oneLine(title, 100)))
  const left = ruledOut.length - shown.length
  const more = left > 0 ? [text(`and ${left} more`)] : []
  return [rich(section(...bold('Ruled out')), ...bullets([...shown, ...more]))]
}

/** Every probe with its exact command and its whole redacted output, for the thread. */
export function outputFile(view: RunView, records: readonly ProbeRecord[]): ThreadFile {
  const { run } = view
  const titles = new Map(view.probes.map((probe) => [probe.id, probe.title]))
  const head = `${about(run)}, run ${run.code}, ${run.createdAt.toISOString()}\n`
  const parts = records.map((record) => outputOf(record, titles.get(record.id) ?? record.id))
  return {
    key: 'file:output',
    filename: `${run.topic}-${run.host}-${run.code}.txt`.replace(/[^A-Za-z0-9._-]+/g, '_'),
    content: [head, ...parts].join('\n'),
  }
}

function outputOf(record: ProbeRecord, title: string): string {
  const exit = record.exitCode === null ? '' : `, exit status ${record.exitCode}`
  const reason = record.reason ? `: ${record.reason}` : ''
  const heading = `==== ${record.id} · ${title} · ${record.status}${exit}, ${record.ms} ms${reason}`
  const errors = record.stderr.trim() === '' ? [] : ['---- stderr', record.stderr.trimEnd()]
  const output = record.stdout.trim() === '' ? [] : [record.stdout.trimEnd()]
  return [heading, `$ ${record.command}`, ...output, ...errors, ''].join('\n')
}
