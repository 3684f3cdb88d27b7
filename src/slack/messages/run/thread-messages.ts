import type { RichTextBlockElement } from '@slack/types'
import { notComparedTitle, otherSide } from '../../../findings/difference.ts'
import type { ProbeRecord } from '../../../findings/probe-record.ts'
import { changedTitle, changeText } from '../../../findings/recent-changes.ts'
import type { Report } from '../../../findings/report.ts'
import { UNEXPLAINED_TITLE, unexplainedText } from '../../../findings/unexplained-error.ts'
import { MOST_WATCHERS } from '../../../runs/requests/watchers.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'
import { type Message, makeMessage, type ThreadFile } from '../../message.ts'
import { bold, bullets, inline, lines, mention, mentionText, rich, section, text } from '../rich-text.ts'
import { evidenceBlocks, headings } from './evidence.ts'
import { feedbackButtons } from './feedback.ts'
import { noticesOf } from './notices.ts'
import { about, headline, type RunView, spokenVerdict } from './run-view.ts'
import { unseenElements } from './unknowns.ts'

/** A message of the thread; `key` is the same whenever the run is shown again. */
export interface ThreadMessage extends Message {
  readonly key: string
}

/** More than this is not read in a chat; the file has it all. */
const MOST_EVIDENCE_MESSAGES = 4
const MOST_UNEXPLAINED = 4
const MOST_NOTICES = 6
const MOST_CHANGES = 12
/** What the first message begins and ends with: the verdict, whom it calls, its buttons. */
const ROOM = LIMITS.blocksJson - 1_700

/**
 * What the verdict rests on: evidence of causes and their consequences, then what could not be seen and what else is
 * worth a look. What was ruled out is in the file. The first message begins with the verdict and calls whoever asked: the
 * run's own message became the verdict by an edit, which notifies nobody.
 */
export function threadMessages(view: RunView, records: readonly ProbeRecord[]): ThreadMessage[] {
  const { report } = view.run
  if (!report) return verdictReply(view)
  const found = evidenceBlocks(report.findings, headings(view, records), view)
  const [first, ...others] = [...evidence(view, packed(found)), ...rest(view, report)]
  return first ? [{ key: first.key, ...opening(view, first.blocks) }, ...others] : verdictReply(view)
}

export const VERDICT_KEY = 'thread:verdict'

/** Where the thread has no evidence, the verdict alone; none where no person waits for it. */
export const verdictReply = (view: RunView): ThreadMessage[] =>
  called(view).length > 0 ? [{ key: VERDICT_KEY, ...opening(view, []) }] : []

function opening(view: RunView, blocks: readonly MessageBlock[]): Message {
  const { run } = view
  const people = called(view)
  const first = lines(
    [...people.flatMap((id) => [...mention(id), ...text(' ')]), ...bold(headline(run))],
    run.cancelledBy ? [...text('Cancelled by '), ...mention(run.cancelledBy)] : [],
  )
  const message = makeMessage(spokenVerdict(run), [first, ...blocks, ...feedbackButtons(run)])
  return { ...message, text: [...people.map(mentionText), message.text].join(' ') }
}

/** Who waits for the verdict: whoever asked, and who joined them. Nobody is called for what they cancelled themselves. */
function called({ run: { actor, cancelledBy }, watchers = [] }: RunView): string[] {
  const waiting = [...(actor.kind === 'user' ? [actor.id] : []), ...watchers]
  return [...new Set(waiting)].filter((id) => id !== cancelledBy).slice(0, MOST_WATCHERS + 1)
}

/** The `text` of each stands alone: the first one's is the verdict, whatever is said here. */
function evidence(view: RunView, pages: readonly (readonly MessageBlock[])[]): ThreadMessage[] {
  const shown = pages.slice(0, MOST_EVIDENCE_MESSAGES)
  return shown.map((page, at) => {
    const left = at === MOST_EVIDENCE_MESSAGES - 1 ? pages.slice(MOST_EVIDENCE_MESSAGES).flat().length : 0
    const more = left > 0 ? [rich(section(...text(`${left} more in the file below.`)))] : []
    const said = `${spokenVerdict(view.run)} (evidence, part ${at + 1} of ${shown.length})`
    return { key: `thread:evidence:${at + 1}`, ...makeMessage(said, [...page, ...more]) }
  })
}

/** As many blocks a message as its room holds, never torn. */
function packed(blocks: readonly MessageBlock[]): MessageBlock[][] {
  const pages: MessageBlock[][] = []
  let used = ROOM
  for (const block of blocks) {
    const size = JSON.stringify(block).length
    if (used + size > ROOM || (pages.at(-1)?.length ?? 0) >= LIMITS.blocks - 3) {
      pages.push([])
      used = 0
    }
    pages.at(-1)?.push(block)
    used += size
  }
  return pages
}

/** A healthy answer leaves what was changed to the file: nothing asks for it. */
function rest(view: RunView, report: Report): ThreadMessage[] {
  const blocks = [
    ...titled(UNEXPLAINED_TITLE, unexplainedElements(report)),
    ...titled('Could not be seen', unseenElements(view, report.unknown)),
    ...(report.verdict === 'healthy' ? [] : changedBlocks(report)),
    ...titled('Worth a look', noticeElements(report)),
  ]
  return blocks.length === 0 ? [] : [{ key: 'thread:rest', ...makeMessage(spokenRest(view, report), blocks) }]
}

/** "db on host1, besides the verdict: 2 checks without an answer, 1 thing worth a look" */
function spokenRest({ run }: RunView, report: Report): string {
  const counts = [
    [report.unexplained?.length ?? 0, 'unexplained error'],
    [report.unknown.length, 'probe without an answer', 'probes without an answer'],
    [report.changed?.items.length ?? 0, 'recent change'],
    [noticesOf(report).length, 'thing worth a look', 'things worth a look'],
  ] as const
  const said = counts.flatMap(([count, one, many = `${one}s`]) =>
    count > 0 ? [`${count} ${count === 1 ? one : many}`] : [],
  )
  return `${about(run)}, besides the verdict: ${said.join(', ')}`
}

const titled = (title: string, elements: readonly RichTextBlockElement[]): MessageBlock[] =>
  elements.length === 0 ? [] : [rich(section(...bold(title)), ...elements)]

/** All changes that the probe kept. The verdict's own message has room for the newest alone. */
const changedBlocks = ({ changed }: Report): MessageBlock[] =>
  changed === undefined
    ? []
    : titled(
        changedTitle(changed.since),
        bullets(changed.items.slice(0, MOST_CHANGES).map((item) => text(oneLine(changeText(item), 200)))),
      )

function unexplainedElements({ unexplained = [] }: Report): RichTextBlockElement[] {
  const shown = unexplained.slice(0, MOST_UNEXPLAINED)
  const left = unexplained.length - shown.length
  return bullets([
    ...shown.map((error) => text(oneLine(unexplainedText(error), 300))),
    ...(left > 0 ? [text(`and ${left} more, listed in the file`)] : []),
  ])
}

/** A notice is said in a few words: its evidence is in the file. */
function noticeElements(report: Report): RichTextBlockElement[] {
  const all = noticesOf(report)
  const shown = all
    .slice(0, MOST_NOTICES)
    .map(({ title, detail, resolution: [step] }) => [
      ...bold(oneLine(title, 120)),
      ...text(`: ${oneLine(detail, 200)}`),
      ...(step ? [...text('\n'), ...inline(step, 200)] : []),
    ])
  const left = all.length - shown.length
  return bullets([...shown, ...(left > 0 ? [text(`and ${left} more`)] : [])])
}

/** A title in words where the engine had only the id's ("host: disk full"): "disk full (host)". */
export function ruledOutTitle({ id, title }: Report['ruledOut'][number]): string {
  const [area = '', ...rest] = id.split('.')
  const words = rest.join(' ').replaceAll('-', ' ')
  return words !== '' && title === `${area}: ${words}` ? `${words} (${area})` : title
}

/** Every probe with its exact command and its whole redacted output, and all that the thread names in part. */
export function outputFile(view: RunView, records: readonly ProbeRecord[]): ThreadFile {
  const { run } = view
  const titles = new Map(view.probes.map((probe) => [probe.id, probe.title]))
  const head = `${about(run)}, run ${run.code}, ${run.createdAt.toISOString()}\n`
  const parts = records.map((record) => outputOf(record, titles.get(record.id) ?? record.id))
  return {
    key: 'file:output',
    filename: `${run.topic}-${run.host}-${run.code}.txt`.replace(/[^A-Za-z0-9._-]+/g, '_'),
    content: [head, ...parts, ...listing(view)].join('\n'),
  }
}

function listing({ run: { report } }: RunView): string[] {
  const lists = {
    'Looked at': report?.lookedAt === undefined ? [] : [report.lookedAt],
    'Not seen in one visit': report?.blind === undefined ? [] : [report.blind],
    Findings: report?.findings.map(({ role, title, detail }) => `${role}: ${title}: ${detail}`) ?? [],
    [UNEXPLAINED_TITLE]: report?.unexplained?.map(unexplainedText) ?? [],
    'Could not be seen': report?.unknown.map((u) => `${u.probe}: ${u.reason}; ${u.remedy}`) ?? [],
    'Ruled out': report?.ruledOut.map(ruledOutTitle) ?? [],
    [`Differs from ${otherSide(report?.compared?.with)}`]: report?.compared?.differences ?? [],
    [notComparedTitle(report?.compared?.with)]: report?.compared?.unseen ?? [],
    Changed: report?.changed ? report.changed.items.map(changeText) : [],
  }
  return Object.entries(lists).flatMap(([title, items]) =>
    items.length === 0 ? [] : [`==== ${title}`, ...items.map((item) => `- ${oneLine(item)}`), ''],
  )
}

function outputOf(record: ProbeRecord, title: string): string {
  const exit = record.exitCode === null ? '' : `, exit status ${record.exitCode}`
  const reason = record.reason ? `: ${record.reason}` : ''
  const heading = `==== ${record.id} · ${title} · ${record.status}${exit}, ${record.ms} ms${reason}`
  const errors = record.stderr.trim() === '' ? [] : ['---- stderr', record.stderr.trimEnd()]
  const output = record.stdout.trim() === '' ? [] : [record.stdout.trimEnd()]
  return [heading, `$ ${record.command}`, ...output, ...errors, ''].join('\n')
}
