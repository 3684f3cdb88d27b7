import type { RichTextBlock } from '@slack/types'
import type { Finding } from '../../../findings/finding.ts'
import { findingLabel } from '../../../findings/finding-label.ts'
import type { Report } from '../../../findings/report.ts'
import type { Run } from '../../../runs/run.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { bold, excerpt, lines, rich, section, text } from '../rich-text.ts'
import { headline, spokenVerdict } from './run-view.ts'
import { ruledOutTitle } from './thread-messages.ts'

/** What the thread's first reply has in full; here as much as answers a question. */
const MOST_CAUSES = 2
const MOST_RULED_OUT = 8
const MOST_UNSEEN = 3

/** What a verdict rests on, from the stored report: its causes with the host's words, what was ruled out, what was not seen. */
export function whyMessage(run: Run): Message {
  const { report, failure } = run
  const why = report
    ? [...causes(report), ...besides(report)]
    : failure
      ? [lines(text(`At ${oneLine(failure.hop, 100)}: ${oneLine(failure.reason, 400)}`))]
      : []
  const wait = run.endedAt ? [] : text('It is still under way: ask again once it has a verdict.')
  return makeMessage(spokenVerdict(run), [
    lines(bold(headline(run)), wait, text(`From run ${run.code}.`)),
    ...why,
  ])
}

function causes({ findings }: Report): RichTextBlock[] {
  const all = findings.filter(({ role }) => role === 'cause')
  return all.slice(0, MOST_CAUSES).map((cause) => {
    const follows = consequencesOf(cause, findings)
    const titles = follows.map(({ title }) => oneLine(title, 100))
    return rich(
      section(
        ...bold(`${findingLabel(cause)}: ${oneLine(cause.title, 200)}`),
        ...text(`\n${oneLine(cause.detail, 300)}`),
        ...text(titles.length > 0 ? `\nIt explains: ${listed(titles, 3)}` : ''),
      ),
      ...quoted(cause),
    )
  })
}

/** However far: each stands behind what explains it. */
function consequencesOf(cause: Finding, findings: readonly Finding[]): readonly Finding[] {
  const known = new Set([cause.id])
  return findings.filter(({ id, role, explainedBy = [] }) => {
    const follows = role === 'consequence' && explainedBy.some((other) => known.has(other))
    if (follows) known.add(id)
    return follows
  })
}

const quoted = ({ evidence }: Finding) =>
  evidence
    .slice(0, 1)
    .flatMap(({ probe, text: said }) => [section(...text(`${oneLine(probe, 100)} answered`)), excerpt(said)])

function besides({ findings, ruledOut, unknown }: Report): MessageBlock[] {
  const more = findings.filter(({ role }) => role === 'cause').length - MOST_CAUSES
  const out = ruledOut.map(ruledOutTitle)
  const unseen = unknown.map(({ probe, reason }) => `${oneLine(probe, 100)} (${oneLine(reason, 150)})`)
  const told = [
    more > 0 ? text(`${more} more ${more === 1 ? 'cause' : 'causes'} in the thread.`) : [],
    out.length > 0 ? [...bold(`Ruled out (${out.length}): `), ...text(listed(out, MOST_RULED_OUT))] : [],
    unseen.length > 0 ? [...bold('Could not be seen: '), ...text(listed(unseen, MOST_UNSEEN))] : [],
  ]
  return told.some((line) => line.length > 0) ? [lines(...told)] : []
}

function listed(items: readonly string[], most: number): string {
  const left = items.length - most
  return items.slice(0, most).join('; ') + (left > 0 ? `; and ${left} more` : '')
}
