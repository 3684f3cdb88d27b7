import type { RichTextElement } from '@slack/types'
import type { Finding } from '../../../findings/finding.ts'
import { changedLine } from '../../../findings/recent-changes.ts'
import type { Report } from '../../../findings/report.ts'
import { unexplainedText } from '../../../findings/unexplained-error.ts'
import type { Run } from '../../../runs/run.ts'
import { midSentence } from '../../../text/mid-sentence.ts'
import { oneLine } from '../../../text/shorten.ts'
import { CHANGED } from '../../../watches/watch.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { escapeText, escapeTo } from '../../typed-text.ts'
import { alertsBlock, overLine, overWords } from '../alerts/alerts-of-run.ts'
import { buttons, escalationLines } from '../escalation/buttons.ts'
import { fixButtons, fixLines } from '../fix/fix-message.ts'
import { bold, context, inline, lines, mention, spoken, text } from '../rich-text.ts'
import { noticesOf } from './notices.ts'
import { footer, conclusion as found, headline, probeTitle, type RunView } from './run-view.ts'
import { solvedConclusion, solvedHeadline } from './solved.ts'
import { solvedBeforeLine } from './solved-before.ts'
import { remedyLine } from './unknowns.ts'

/** Read at 3 a.m. in two breaths: what it is, why, what to do, whom to call. The rest is in the thread. */
export function verdictMessage(view: RunView): Message {
  const { run, solved } = view
  const message = makeMessage(`${headline(run)}${overWords(view.alerts)}`, [
    ...conclusion(view),
    ...fixLines(view),
    ...escalationLines(view),
    ...alertsBlock(run, view.alerts),
    buttons(view, fixButtons(view)),
    context(footer(view), ...smallPrint(view)),
  ])
  if (!solved) return message
  return { ...message, text: `${spoken(solvedHeadline(run, solved))}. It was: ${escapeTo(found(run), 400)}` }
}

/** What the verdict rests on, and what it leaves open: below what is to be done, as mrkdwn. */
export function smallPrint({ run: { report } }: RunView): string[] {
  return report ? [...lookedAt(report), ...blind(report)].map((line) => escapeText(line)) : []
}

type Lines = readonly (readonly RichTextElement[])[]

/** The verdict and why, what to do, and what else there is, a block each: what the thread begins with and the lead is sent. */
export function conclusion(view: RunView): MessageBlock[] {
  if (view.solved) return [solvedConclusion(view, view.solved)]
  const { why = [], toDo = [], besides = [] } = explain(view)
  return [
    lines(bold(headline(view.run)), overLine(view.run, view.alerts), changedVerdictLine(view.run), ...why),
    ...[toDo, besides].flatMap((each) => (each.some((line) => line.length > 0) ? [lines(...each)] : [])),
  ]
}

/** Whoever reads the thread knows another verdict by now. */
const changedVerdictLine = ({ actor, reason }: Run): RichTextElement[] =>
  actor.kind === 'schedule' && reason === CHANGED
    ? text('The watch of this thread found another verdict than before.')
    : []

interface Explanation {
  readonly why?: Lines
  readonly toDo?: Lines
  readonly besides?: Lines
}

function explain(view: RunView): Explanation {
  const { report, failure, cancelledBy } = view.run
  if (failure) return { ...explainFailure(failure), besides: solvedBefore(view) }
  if (cancelledBy) return { why: [[...text('Cancelled by '), ...mention(cancelledBy)]] }
  switch (report?.verdict) {
    case 'problem':
      return explainProblem(view, report)
    case 'inconclusive':
      return {
        ...explainUnknown(view, report),
        besides: [...suspects(report), ...changed(report), ...notices(report)],
      }
    case 'healthy':
      return { besides: notices(report) }
    case undefined:
      return {}
  }
}

/** A known host that could not be reached or refused us: at which hop, why, and the remedy. */
const explainFailure = ({ hop, reason, remedy }: NonNullable<Run['failure']>): Explanation => ({
  why: [text(`At ${oneLine(hop, 100)}: ${oneLine(reason, 400)}`)],
  toDo: [[...TO_DO, ...remedyLine(remedy)]],
})

/** The likeliest cause with what follows from it, and what to do; then the other causes, and what may be to blame. */
function explainProblem(view: RunView, report: Report): Explanation {
  const { findings, unknown } = report
  const [cause, ...others] = findings.filter((finding) => finding.role === 'cause')
  if (!cause) return {}
  const also = others.map(({ title, topic }) => (topic === undefined ? title : `${title} (${topic})`))
  // The topic itself may have seen too little: what another one knows is no answer to that.
  const [unseen] = cause.topic === undefined ? [] : unknown
  return {
    why: [
      text(chain(cause, findings)),
      unseen
        ? text(
            `Could not look at ${midSentence(probeTitle(view, unseen.probe))}: ${oneLine(unseen.reason, 200)}`,
          )
        : [],
    ],
    toDo: whatToDo(cause),
    besides: [
      ...solvedBefore(view),
      ...(also.length > 0 ? [text(`Also: ${listed(also, 3)}`)] : []),
      ...suspects(report),
      ...changed(report),
    ],
  }
}

const solvedBefore = ({ run, solvedBefore: before }: RunView): Lines =>
  before ? [solvedBeforeLine(before, run.channel)] : []

const TO_DO = bold('What to do: ')
const STEP = 400

/** The first steps, a line each: whoever copies a command from one gets the whole command. */
function whatToDo({ resolution }: Finding): Lines {
  const steps = resolution.filter((step) => oneLine(step) !== '')
  const left = steps.length - 2
  return steps
    .slice(0, 2)
    .map((step, at) => [
      ...(at === 0 ? TO_DO : []),
      ...text(steps.length > 1 ? `${at + 1}. ` : ''),
      ...inline(step, STEP),
      ...text(at === 1 && left > 0 ? ` (${left} more in the thread)` : ''),
    ])
}

/** What may be to blame, the likeliest first; the thread says why. */
function suspects({ findings }: Report): Lines {
  const titles = findings.filter(({ role }) => role === 'suspect').map(({ title }) => title)
  return titles.length > 0 ? [text(`May be to blame: ${listed(titles, 3)}`)] : []
}

/** A path fills a line of a telephone. All of them are in the thread. */
const MOST_CHANGES = 2

/**
 * Beside the cause: where the trouble began at one of these times, begin there. What has nothing to do with it is in the
 * thread.
 */
function changed({ changed: what }: Report): Lines {
  if (!what) return []
  const { since, items, related = items.length } = what
  const told = { since, items: items.slice(0, related) }
  return related > 0 ? [text(oneLine(changedLine(told, MOST_CHANGES), 400))] : []
}

const lookedAt = ({ lookedAt: what }: Report): string[] =>
  what === undefined ? [] : [`Looked at: ${oneLine(what, 300)}`]

const blind = ({ blind: what }: Report): string[] =>
  what === undefined ? [] : [`Not seen in one visit: ${oneLine(what, 200)}`]

/** "/var is 100 % used → PostgreSQL stopped at 14:02 → the API answers 500" */
function chain(cause: Finding, findings: readonly Finding[]): string {
  const explained = new Set([cause.id])
  const links = [oneLine(cause.detail, 200)]
  for (const finding of findings) {
    if (!finding.explainedBy?.some((id) => explained.has(id))) continue
    explained.add(finding.id)
    links.push(link(finding))
  }
  return links.slice(0, 5).join(' → ') + (links.length > 5 ? ` → ${links.length - 5} more` : '')
}

const SHORT_DETAIL = 45

/** A short detail has the figures; a long one is evidence, and the title says what it means. */
const link = ({ detail, title }: Finding): string =>
  midSentence(oneLine(detail.length <= SHORT_DETAIL ? detail : title, 120))

const MOST_DOUBTS = 3

/** What casts doubt first: an error that goes on, then what could not be seen. */
function explainUnknown(view: RunView, { unknown, unexplained = [] }: Report): Explanation {
  const doubts = unexplained
    .filter(({ goesOn, strangers }) => goesOn && !strangers)
    .slice(0, MOST_DOUBTS)
    .map((error) => text(oneLine(unexplainedText(error), 300)))
  const [first, ...rest] = unknown
  if (!first) return { why: doubts }
  const more = rest.length > 0 ? ` (and ${rest.length} more in the thread)` : ''
  const unseen = `${probeTitle(view, first.probe)}: ${oneLine(first.reason, 200)}${more}`
  // Where nothing else casts doubt, the headline has said so.
  const why =
    doubts.length > 0 ? [...doubts, text(`Could not look at ${midSentence(unseen)}`)] : [text(unseen)]
  return { why, toDo: [[...TO_DO, ...remedyLine(first.remedy)]] }
}

function notices(report: Report): Lines {
  const titles = noticesOf(report).map(({ title }) => title)
  return titles.length > 0 ? [text(`Worth a look: ${listed(titles, 3)}`)] : []
}

const listed = (titles: readonly string[], max: number): string => {
  const shown = titles.slice(0, max).map((title) => oneLine(title, 120))
  return shown.join('; ') + (titles.length > max ? `; and ${titles.length - max} more` : '')
}
