import type { RichTextElement } from '@slack/types'
import { COUNTED_DAYS } from '../../../runs/history/same-problem.ts'
import { oneLine } from '../../../text/shorten.ts'
import { bold, moment, text } from '../rich-text.ts'
import type { SolvedBefore } from './run-view.ts'

/**
 * "Solved before: fix Restart PostgreSQL worked, Nov 12 14:03 (run 7F3K) · 3rd time in 30 days". What people wrote is
 * shown in the channel that it was written for, and elsewhere the ticket that has it. Nobody is named: the message that
 * this stands in must not wake whoever solved it then.
 */
export function solvedBeforeLine(before: SolvedBefore, channel: string): RichTextElement[] {
  return [
    ...bold('Solved before: '),
    ...how(before, channel),
    ...text(', '),
    ...moment(before.at),
    ...text(` (run ${before.code})${again(before.times)}`),
  ]
}

/** On a telephone a line has forty characters: of what people wrote, the beginning. */
const WORDS = 80

function how({ solved, words }: SolvedBefore, channel: string): RichTextElement[] {
  if (solved.fix)
    return [
      ...text('fix '),
      ...bold(oneLine(solved.fix.title, 150)),
      ...text(` worked${words ? `, more in ticket #${words.ticket}` : ''}`),
    ]
  if (!words) return text('somebody resolved it')
  const said = words.channel === channel ? `“${oneLine(words.said, WORDS)}”` : 'how is'
  return text(`${said} in ticket #${words.ticket}`)
}

const again = (times: number): string =>
  times > 1 ? ` · ${ordinal(times)} time in ${COUNTED_DAYS} days` : ''

/** "2nd", "3rd", "11th", "21st" */
export function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14
  return `${n}${(!teen && ['th', 'st', 'nd', 'rd'][n % 10]) || 'th'}`
}
