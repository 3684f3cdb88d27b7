import type { RichTextElement } from '@slack/types'
import type { SummaryCount, SummaryLine } from '../../../alerts/summary-store.ts'
import { oneLine } from '../../../text/shorten.ts'
import { type Message, makeMessage } from '../../message.ts'
import { bold, bullets, inline, lines, rich, section, text } from '../rich-text.ts'

export interface SummaryView {
  readonly source: string
  /** Runs that the source's alerts may start in ten minutes. */
  readonly most: number | undefined
  readonly counts: readonly SummaryCount[]
  /** Some of the names of each. */
  readonly lines: readonly SummaryLine[]
}

/** Of more names the rest is counted. */
const MOST_NAMES = 8

/** What nobody looks at by itself, and why: one message, which counts on. */
export function summaryMessage({ source, most, counts, lines: all }: SummaryView): Message {
  const count = sum(counts.map((each) => each.count))
  const firing = count - sum(counts.map(({ resolved }) => resolved))
  const what = `${count} ${count === 1 ? 'alert' : 'alerts'} of ${source}`
  const [first] = all
  const example = first ? `: ${oneLine(first.name, 60)}${first.host === null ? '' : ` on ${first.host}`}` : ''
  const title = `🔔 ${what} not looked into`
  return makeMessage(`${title}${example}${count > 1 ? ' and others' : ''}`, [
    lines([
      ...bold(title),
      ...text(firing === count ? '' : firing === 0 ? ', all resolved' : `, ${firing} still firing`),
    ]),
    rich(
      section(...text('Why:')),
      ...bullets(
        reasons(most).flatMap(([outcome, why]) =>
          counts.flatMap((counted) => (counted.outcome === outcome ? reasonLine(counted, all, why) : [])),
        ),
      ),
    ),
    lines(firing === 0 ? [] : inline(`\`/debvisor diagnose <topic> <host>\` looks into one of them.`)),
  ])
}

const reasons = (most: number | undefined) =>
  [
    [
      'capped',
      `beyond the ${most === undefined ? '' : `${most} `}diagnoses that it may start in ten minutes, or while too many wait`,
    ],
    ['no-topic', 'of a name that no runbook looks into'],
    ['no-host', 'that name no host of the inventory, or several'],
    ['refused', 'of hosts that it may not have diagnosed'],
  ] as const

function reasonLine(
  { outcome, count: all, names: allNames }: SummaryCount,
  lines: readonly SummaryLine[],
  why: string,
): RichTextElement[][] {
  const names = lines
    .filter((line) => line.outcome === outcome)
    .slice(0, MOST_NAMES)
    .map(
      ({ name, count, host }) =>
        `${oneLine(name, 80)}${host && count === 1 ? ` on ${host}` : ''}${count > 1 ? ` (${count})` : ''}`,
    )
  const left = allNames - names.length
  const more = left > 0 ? ` and ${left} other ${left === 1 ? 'name' : 'names'}` : ''
  return [[...bold(String(all)), ...text(` ${why}: ${names.join(', ')}${more}`)]]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
