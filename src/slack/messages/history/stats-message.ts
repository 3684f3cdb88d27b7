import type { RichTextBlock } from '@slack/types'
import { duration } from '../../../findings/recent-changes.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { noticeMessage } from '../command-answers.ts'
import { bold, bullets, lines, preformatted, rich, section, text } from '../rich-text.ts'
import { type TopicVerdicts, verdictChart } from './verdict-chart.ts'

/** Counts of what the reader may see. */
export interface Stats {
  readonly days: number
  /** Of more than so many in these days, only the newest were looked at. */
  readonly newest?: { readonly runs?: number; readonly escalations?: number }
  /** The most first. */
  readonly topics: readonly TopicVerdicts[]
  /** The most common first. */
  readonly causes: readonly { readonly title: string; readonly times: number; readonly hosts: number }[]
  /** Seconds, in any order. */
  readonly times: readonly { readonly what: string; readonly seconds: readonly number[] }[]
  readonly ratings: { readonly right: number; readonly wrong: number }
}

const MOST_TOPICS = 12
const MOST_CAUSES = 8

/** A chart of the verdicts, which reads as lines where Slack refuses it, and tables of text. */
export function statsMessage(stats: Stats): Message {
  const { days, topics } = stats
  const period = days === 1 ? 'the last day' : `the last ${days} days`
  if (topics.length === 0)
    return noticeMessage([`Nothing that you may see came out in ${period}.`, ...limits(stats)].join(' '))
  const all = topics.reduce((sum, { problem, healthy, unclear }) => sum + problem + healthy + unclear, 0)
  const title = `${all} ${all === 1 ? 'run' : 'runs'} in ${period}`
  return makeMessage(title, [
    lines(bold(title), text(['Only what you may see is counted.', ...limits(stats)].join(' '))),
    ...verdicts(topics),
    ...causes(stats),
    ...times(stats),
    rich(section(...bold('Feedback'), ...text(`\n${precision(stats.ratings)}`))),
  ])
}

function limits({ newest: { runs, escalations } = {} }: Stats): string[] {
  const most = [
    ...(runs === undefined ? [] : [`${runs} runs`]),
    ...(escalations === undefined ? [] : [`${escalations} escalations`]),
  ]
  return most.length === 0 ? [] : [`Only the newest ${most.join(' and ')} of the workspace are counted.`]
}

function verdicts(topics: Stats['topics']): MessageBlock[] {
  const shown = topics.slice(0, MOST_TOPICS)
  const left = topics.length - shown.length
  const more = left > 0 ? `${left} more ${left === 1 ? 'topic' : 'topics'}. ` : ''
  return [
    verdictChart(shown),
    rich(section(...text(`${more}Unclear: inconclusive, or the host was not examined.`))),
  ]
}

function causes({ causes: all }: Stats): RichTextBlock[] {
  if (all.length === 0) return []
  const items = all
    .slice(0, MOST_CAUSES)
    .map(({ title, times: count, hosts }) => [
      ...bold(`${count}× `),
      ...text(`${oneLine(title, 120)}${hosts > 1 ? `, on ${hosts} hosts` : ''}`),
    ])
  return [rich(section(...bold('Most common causes')), ...bullets(items))]
}

/** Below that, nine tenths of them are nearly all. */
const ENOUGH = 10

function times({ times: all }: Stats): RichTextBlock[] {
  const shown = all.filter(({ seconds }) => seconds.length > 0)
  if (shown.length === 0) return []
  const rows = shown.map(({ what, seconds }) => {
    const sorted = seconds.toSorted((a, b) => a - b)
    const most = sorted.length < ENOUGH ? '' : duration(rank(sorted, 0.9))
    return (
      what.padEnd(14) +
      String(sorted.length).padStart(4) +
      duration(rank(sorted, 0.5)).padStart(8) +
      most.padStart(8)
    )
  })
  const head = `${' '.repeat(14)}   n  median     p90`
  return [
    rich(
      section(...bold('How long it took')),
      preformatted([head, ...rows].map((line) => line.trimEnd()).join('\n'), 1_000),
    ),
  ]
}

/** By nearest rank: a time that somebody really took. */
const rank = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0

/** Of fewer ratings a percentage would say more than anybody knows. */
function precision({ right, wrong }: Stats['ratings']): string {
  const rated = right + wrong
  if (rated === 0) return 'Nobody has rated a verdict: Right and Wrong stand below its evidence.'
  const percent = rated < ENOUGH ? '' : ` (${Math.round((100 * right) / rated)} %)`
  return `${right} of ${rated} ratings say that the verdict was right${percent}.`
}
