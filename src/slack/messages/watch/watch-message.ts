import type { RichTextElement } from '@slack/types'
import type { Run } from '../../../runs/run.ts'
import { midSentence } from '../../../text/mid-sentence.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { Outcome, Watch } from '../../../watches/watch.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, inline, lines, mention, mentionText, moment, text } from '../rich-text.ts'
import { conclusion, counted, mark } from '../run/run-view.ts'
import type { WatchView } from './watch-view.ts'

const about = ({ topic, host }: Pick<Watch, 'topic' | 'host'>): string => oneLine(`${topic} on ${host}`, 150)

/** In the thread, from the first minute to the end: how it stands. A change of it notifies nobody. */
export function watchMessage(view: WatchView): Message {
  const { watch } = view
  const title = watch.outcome ? titles[watch.outcome](view) : 'watched until it is well'
  const headline = `${watch.outcome ? endMark(watch.outcome) : '👀'} ${about(watch)}: ${title}`
  const blocks: MessageBlock[] = [
    lines(bold(headline), ...(watch.outcome ? endLines(view) : [rule(watch), lastLine(view)])),
  ]
  if (!watch.outcome)
    blocks.push({
      type: 'actions',
      block_id: `watch_${watch.id}`,
      elements: [button(actionIds.unwatch, 'Stop watching', watch.id)],
    })
  return makeMessage(headline, blocks)
}

const endMark = (outcome: Outcome): string => (outcome === 'well' ? '☑️' : '⚫')

const titles: Readonly<Record<Outcome, (view: WatchView) => string>> = {
  well: () => 'watched until it was well',
  'gave-up': (view) => `no longer watched${isIll(view) ? ', and' : ';'} ${standing(view)}`,
  stopped: () => 'no longer watched',
  refused: () => 'no longer watched',
  gone: () => 'no longer watched',
}

const isIll = ({ lastLook }: WatchView): boolean => lastLook?.report?.verdict === 'problem'

/** How it stood at last. What nobody could see is not called ill. */
function standing({ watch, lastLook }: WatchView): string {
  if (!lastLook) return 'I could not look'
  if (lastLook.report?.verdict === 'healthy') return `healthy now, but not ${watch.wanted} looks in a row`
  if (lastLook.report?.verdict === 'problem') return saw(lastLook)
  return `${UNKNOWN} (${lastLook.report ? 'inconclusive' : 'not examined'})`
}

const UNKNOWN = 'not known to be well'

function saw({ report }: Run): string {
  if (report?.verdict === 'healthy') return 'healthy'
  return report?.verdict === 'problem' ? 'not well' : UNKNOWN
}

/** "Looks every 5 minutes, until 3 looks in a row are healthy. Gives up Nov 30 23:00." */
const rule = ({ everyMs, wanted, until }: Watch): RichTextElement[] => [
  ...text(`Looks every ${duration(everyMs)}, until ${wanted} looks in a row are healthy. Gives up `),
  ...moment(until),
  ...text('.'),
]

function lastLine({ watch, lastLook }: WatchView, name = `Look ${watch.looks}`): RichTextElement[] {
  if (!lastLook) return []
  const stands =
    watch.healthy > 0
      ? `, ${watch.healthy} of ${watch.wanted} in a row`
      : `: ${midSentence(conclusion(lastLook))}`
  return [
    ...text(`${name}, `),
    ...moment(lastLook.endedAt ?? lastLook.createdAt),
    ...text(`: ${mark(lastLook)} ${saw(lastLook)}${stands} (run ${lastLook.code})`),
  ]
}

const endLines = ({ watch }: WatchView): RichTextElement[][] => [
  [
    ...text(`${counted(watch.looks, 'look')}, every ${duration(watch.everyMs)}, till `),
    ...moment(watch.endedAt ?? watch.until),
    ...(watch.outcome === 'stopped' && watch.endedBy
      ? [...text(', stopped by '), ...mention(watch.endedBy)]
      : []),
  ],
]

/**
 * At the end, for whoever asked and nobody else: posted once, so that it notifies, in words that stand alone. Null:
 * nothing to tell, since it is not over, or they ended it themselves.
 */
export function watchEndMessage(view: WatchView): Message | null {
  const { watch } = view
  if (!watch.outcome || (watch.outcome === 'stopped' && watch.endedBy === watch.user)) return null
  const said = `${about(watch)}: ${ends[watch.outcome](view)}`
  const message = makeMessage(said, [
    lines(
      [...mention(watch.user), ...text(' '), ...bold(`${watch.outcome === 'well' ? '🟢 ' : ''}${said}`)],
      ...(watch.why ? [inline(watch.why, 400)] : []),
      ...(watch.outcome === 'gave-up' ? [lastLine(view, 'The last look'), text(AGAIN)] : []),
    ),
  ])
  return { ...message, text: `${mentionText(watch.user)} ${message.text}` }
}

const AGAIN = 'To go on, click Watch until healthy, or Check again, above.'

const ends: Readonly<Record<Outcome, (view: WatchView) => string>> = {
  well: ({ watch: { wanted, healthySince, endedAt } }) => {
    const minutes = minutesBetween(healthySince, endedAt)
    return `well, and it stayed so: ${wanted} healthy looks in a row${minutes > 0 ? `, over ${counted(minutes, 'minute')}` : ''}`
  },
  'gave-up': (view) => {
    const { until, createdAt } = view.watch
    const after = duration(until.getTime() - createdAt.getTime())
    return isIll(view)
      ? `not well after ${after}, so I stopped watching`
      : `${standing(view)}; I stopped watching after ${after}`
  },
  stopped: () => 'somebody stopped the watch that you asked for',
  refused: () => 'no longer watched, because you may not diagnose it any more',
  gone: () => 'no longer watched, because it is not there any more',
}

const minutesBetween = (from: Date | null, to: Date | null): number =>
  from && to ? Math.floor((to.getTime() - from.getTime()) / 60_000) : 0

/** "5 minutes", "1 hour", "90 minutes" */
export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  const hours = minutes / 60
  return Number.isInteger(hours) && hours > 0 ? counted(hours, 'hour') : counted(minutes, 'minute')
}
