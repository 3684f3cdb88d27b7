import type {
  ContextBlock,
  RichTextBlock,
  RichTextBlockElement,
  RichTextElement,
  RichTextSection,
  RichTextText,
} from '@slack/types'
import { cut, oneLine } from '../../text/shorten.ts'
import { escapeText } from '../typed-text.ts'

/**
 * Leaves and blocks that hold other people's text. Rich text shows it as it is: nothing in it becomes a link,
 * a mention or formatting (S16). Slack refuses an empty leaf, so empty text gives none.
 */
export const text = (value: string, style?: RichTextText['style']): RichTextText[] =>
  value === '' ? [] : [{ type: 'text', text: value, ...(style ? { style } : {}) }]

export const bold = (value: string): RichTextText[] => text(value, { bold: true })
export const code = (value: string): RichTextText[] => text(value, { code: true })

/**
 * One line of ours or of a runbook in which `backticks` mark code and **asterisks**, the guide's own, what is bold. An
 * unpaired mark is shown as it is.
 */
export function inline(sentence: string, max = 1_000): RichTextText[] {
  const parts = oneLine(sentence, max).split(/`([^`]+)`|\*\*([^*`]+)\*\*/)
  // By turns: what has no mark, what has backticks, what has asterisks; of the latter two, one is undefined.
  const styles = [text, code, bold]
  return parts.flatMap((part = '', at) => styles[at % 3]?.(part) ?? [])
}

/** Slack's shape of a user id; any other name is shown and notifies nobody. */
const isUserId = (id: string): boolean => /^[UW][A-Z0-9]{2,20}$/.test(id)

export const mention = (id: string): RichTextElement[] =>
  isUserId(id) ? [{ type: 'user', user_id: id }] : text(oneLine(id, 100))

/** The same in mrkdwn. */
export const mentionText = (id: string): string => (isUserId(id) ? `<@${id}>` : escapeText(oneLine(id, 100)))

/** In the reader's own time zone. */
export const moment = (at: Date): RichTextElement[] => [
  {
    type: 'date',
    timestamp: Math.floor(at.getTime() / 1000),
    format: '{date_short_pretty} {time}',
    fallback: `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  },
]

/** Leaves as the `text` of a message has them, escaped: for notifications and screen readers. */
export const spoken = (leaves: readonly RichTextElement[]): string =>
  leaves
    .map((leaf) => {
      if (leaf.type === 'user') return mentionText(leaf.user_id)
      if (leaf.type === 'date') return leaf.fallback ?? ''
      return leaf.type === 'text' ? escapeText(leaf.text) : ''
    })
    .join('')

/** Slack refuses a section without a leaf. */
export const section = (...leaves: readonly RichTextElement[]): RichTextSection => ({
  type: 'rich_text_section',
  elements: leaves.length > 0 ? [...leaves] : text(' '),
})

export const rich = (...elements: readonly RichTextBlockElement[]): RichTextBlock => ({
  type: 'rich_text',
  elements: [...elements],
})

export const paragraph = (...leaves: readonly RichTextElement[]): RichTextBlock => rich(section(...leaves))

/** A paragraph of several lines; empty ones are left out. */
export function lines(...each: readonly (readonly RichTextElement[])[]): RichTextBlock {
  const filled = each.filter((line) => line.length > 0)
  return paragraph(...filled.flatMap((line, at) => (at === 0 ? line : [...text('\n'), ...line])))
}

/** One list, or none where there is nothing to list. */
export function bullets(items: readonly (readonly RichTextElement[])[]): RichTextBlockElement[] {
  if (items.length === 0) return []
  return [{ type: 'rich_text_list', style: 'bullet', elements: items.map((item) => section(...item)) }]
}

/** What a host printed, every line kept, at most `max` characters. */
export const preformatted = (value: string, max: number): RichTextBlockElement => ({
  type: 'rich_text_preformatted',
  elements: text(cut(value.trimEnd() || '(nothing)', max)),
})

const EXCERPT_LINES = 6
const EXCERPT_WIDTH = 160

/** The first lines of what a host printed, as many as are read in a chat; the rest is counted. */
export function excerpt(value: string): RichTextBlockElement {
  const all = value.trimEnd().split('\n')
  const shown = all.slice(0, EXCERPT_LINES).map((line) => clipped(line.trimEnd(), EXCERPT_WIDTH))
  const left = all.length - shown.length
  const more = left > 0 ? [`… ${left} more ${left === 1 ? 'line' : 'lines'} in the file`] : []
  return preformatted([...shown, ...more].join('\n'), 1_200)
}

/** Its inner spaces are kept: they may be a table's. */
const clipped = (line: string, max: number): string =>
  line.length <= max ? line : `${line.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`

/**
 * Lines in small print, mrkdwn of ours: whatever else is in them was escaped. Each at most 2,000 characters.
 */
export const context = (...lines: readonly string[]): ContextBlock => ({
  type: 'context',
  elements: lines.map((line) => ({ type: 'mrkdwn', text: line })),
})
