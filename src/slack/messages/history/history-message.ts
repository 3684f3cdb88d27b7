import type { RichTextBlockElement, RichTextElement } from '@slack/types'
import type { Finding } from '../../../findings/finding.ts'
import type { VerdictChange } from '../../../findings/verdict-change.ts'
import type { Feedback } from '../../../runs/history/feedback.ts'
import { COUNTED_DAYS } from '../../../runs/history/same-problem.ts'
import type { Run } from '../../../runs/run.ts'
import { oneLine } from '../../../text/shorten.ts'
import { type Message, makeMessage } from '../../message.ts'
import { noticeMessage } from '../command-answers.ts'
import { bold, bullets, lines, mention, moment, rich, section, text } from '../rich-text.ts'
import { conclusion, mark, type Solved, type SolvedBefore } from '../run/run-view.ts'
import { solvedParts } from '../run/solved.ts'
import { ordinal } from '../run/solved-before.ts'

/** What was learned on a host, as far as its reader may see it. */
export interface HistoryView {
  readonly host: string
  /** Undefined: of all topics. */
  readonly topic: string | undefined
  /** Newest first. */
  readonly verdicts: readonly PastVerdict[]
  /** From one run to the next of the same topic. */
  readonly change?: { readonly from: Run; readonly to: Run; readonly what: VerdictChange } | undefined
  /** The trouble that the reader has, or had last. */
  readonly trouble?: Trouble | undefined
}

export interface PastVerdict {
  readonly run: Run
  readonly solved: Solved | undefined
  /** Of its thread; undefined: there is none, or Slack does not say it. */
  readonly url: string | undefined
  readonly feedback: readonly Feedback[]
}

export interface Trouble {
  readonly run: Run
  /** In the last COUNTED_DAYS, this time included. */
  readonly times: number
  /** When it was first found this time; undefined: by this run. */
  readonly since?: Date | undefined
  /** Why it is over. */
  readonly solved: Solved | undefined
  /** How it ended the time before. */
  readonly before: SolvedBefore | undefined
}

/** Read on a telephone, by whoever has the same trouble now: what solved it stands first. */
export function historyMessage(view: HistoryView): Message {
  const { host, topic, verdicts, change, trouble } = view
  const about = oneLine(topic === undefined ? host : `${topic} on ${host}`, 150)
  if (verdicts.length === 0)
    return noticeMessage(
      `Nothing has come out on ${about} yet: \`/debvisor diagnose ${topic ?? '<topic>'} ${host}\`.`,
    )
  const title = `The history of ${about}: ${verdicts.length === 1 ? 'its only verdict' : `the latest ${verdicts.length} verdicts`}`
  return makeMessage(title, [
    lines(bold(title)),
    ...(trouble ? [lines(...troubleLines(trouble))] : []),
    ...(change ? [rich(...changeElements(change))] : []),
    rich(section(...bold('Verdicts')), ...bullets(verdicts.map(verdictItem))),
  ])
}

function troubleLines({ run, times, since, solved, before }: Trouble): RichTextElement[][] {
  return [
    [...bold(oneLine(`${run.topic}: ${conclusion(run)}`, 250))],
    solved ? [...text('It is over: '), ...joined(solvedParts(solved))] : [],
    [
      ...text(times > 1 ? `This is the ${ordinal(times)} time in ${COUNTED_DAYS} days.` : ''),
      ...text(times > 1 && since ? ' ' : ''),
      ...(since
        ? [...text(`It ${solved ? 'had' : 'has'} been there since `), ...moment(since), ...text('.')]
        : []),
      ...text(times > 1 || since ? '' : `It was not found in the ${COUNTED_DAYS} days before.`),
    ],
    ...(before ? beforeLines(before) : []),
  ]
}

/** Who did it is named: only the reader reads this. */
function beforeLines({ code, solved, words }: SolvedBefore): RichTextElement[][] {
  return [
    [...bold('The time before: '), ...joined(solvedParts(solved)), ...text(`. It was run ${code}.`)],
    words
      ? [
          ...text(`Ticket #${words.ticket} was closed`),
          ...(words.by ? [...text(' by '), ...mention(words.by)] : []),
          ...text(': '),
          ...text(`“${oneLine(words.said, 400)}”`),
        ]
      : [],
  ]
}

const joined = (parts: readonly (readonly RichTextElement[])[]): RichTextElement[] =>
  parts.flatMap((part, at) => (at === 0 ? part : [...text(' · '), ...part]))

const MOST_CAUSES = 3

function changeElements({ from, to, what }: NonNullable<HistoryView['change']>): RichTextBlockElement[] {
  const { fresh, gone, unseen, still } = what
  const items = [
    causes('New', fresh),
    causes('No longer found', gone),
    causes(`Not seen again (run ${to.code} is inconclusive)`, unseen),
    causes('Still there', still),
  ].flat()
  return [
    section(
      ...bold('What changed'),
      ...text(` in ${oneLine(to.topic, 60)}, from run ${from.code} (`),
      ...moment(from.createdAt),
      ...text(`) to ${to.code} (`),
      ...moment(to.createdAt),
      ...text(')'),
    ),
    ...bullets(items.length > 0 ? items : [text(neitherFound(from, to))]),
  ]
}

/** A run that could not look has not found that nothing is wrong. */
function neitherFound(from: Run, to: Run): string {
  const [was, is] = [from.report?.verdict, to.report?.verdict]
  if (was !== is) return `No cause in either: run ${from.code} is ${was}, run ${to.code} is ${is}.`
  return `Nothing: both found ${is === 'healthy' ? 'nothing wrong' : 'no cause'}.`
}

function causes(label: string, all: readonly Finding[]): RichTextElement[][] {
  if (all.length === 0) return []
  const titles = all
    .slice(0, MOST_CAUSES)
    .map(({ title, topic }) => oneLine(topic ? `${title} (${topic})` : title, 120))
  const more = all.length - titles.length
  return [[...bold(`${label}: `), ...text(titles.join('; ') + (more > 0 ? `; and ${more} more` : ''))]]
}

/** "☑️ db: PostgreSQL is down because its disk is full · Nov 30 07:45 · run 7F3K" with what people said of it. */
function verdictItem({ run, solved, url, feedback }: PastVerdict): RichTextElement[] {
  const name = `run ${run.code}`
  return [
    ...text(`${solved ? '☑️' : mark(run)} ${oneLine(`${run.topic}: ${conclusion(run)}`, 200)} · `),
    ...moment(run.createdAt),
    ...text(' · '),
    ...(url ? [{ type: 'link', url, text: name } as const] : text(name)),
    ...rated(feedback),
  ]
}

const MOST_SAID = 2

function rated(feedback: readonly Feedback[]): RichTextElement[] {
  const right = feedback.filter(({ rating }) => rating === 'right').length
  const wrong = feedback.filter(({ rating }) => rating === 'wrong')
  const said = wrong
    .flatMap((each) => (each.said === null ? [] : [{ ...each, said: each.said }]))
    .slice(-MOST_SAID)
  return [
    ...text(right > 0 ? `\nRated right by ${people(right)}` : ''),
    ...text(wrong.length > 0 ? `\nRated wrong by ${people(wrong.length)}` : ''),
    ...said.flatMap((each) => [
      ...text('\n'),
      ...mention(each.by),
      ...text(`: “it was ${oneLine(each.said, 200)}”`),
    ]),
  ]
}

const people = (count: number): string => (count === 1 ? '1 person' : `${count} people`)
