import type { RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import type { ChartBlock, MessageBlock } from '../blocks.ts'

/** A message as text for a terminal: what its blocks say, or its `text` where it has none. */
export function toPlain(message: {
  readonly text: string
  readonly blocks?: readonly MessageBlock[]
}): string {
  const blocks = message.blocks ?? []
  if (blocks.length === 0) return unescaped(message.text)
  return blocks.map(plainBlock).join('\n')
}

/**
 * A block as text. Escapes and mrkdwn's marks are undone; a block of an unknown kind gives what texts it
 * holds.
 */
export function plainBlock(block: MessageBlock): string {
  switch (block.type) {
    case 'section':
      return [block.text, ...(block.fields ?? [])].flatMap((t) => (t ? [markup(t)] : [])).join('\n')
    case 'header':
      return block.text.text
    case 'context':
      return block.elements.flatMap((e) => (e.type === 'image' ? [] : [markup(e)])).join('\n')
    case 'actions':
      return block.elements.flatMap((e) => (e.type === 'button' ? [`[${e.text.text}]`] : [])).join(' ')
    case 'divider':
      return '----'
    case 'rich_text':
      return richText(block)
    case 'plan':
      return [block.title, ...(block.tasks ?? []).map(task)].join('\n')
    case 'data_table':
      return block.rows.map((row) => row.map((cell) => texts([cell]).join(' ')).join(' · ')).join('\n')
    case 'data_visualization':
      return chart(block)
    default:
      return texts(block).join(' ')
  }
}

/** A line a category: "db: 4 problem, 1 unclear". */
function chart({ title, chart: { series, axis_config } }: ChartBlock): string {
  const of = (category: string) =>
    series.map(({ name, data }) => `${data.find(({ label }) => label === category)?.value ?? 0} ${name}`)
  return [title, ...axis_config.categories.map((category) => `${category}: ${of(category).join(', ')}`)].join(
    '\n',
  )
}

const boxes = { complete: '[x]', in_progress: '[~]', error: '[!]', pending: '[ ]' } as const

function task(of: object): string {
  const { title, status } = of as { title?: string; status?: keyof typeof boxes }
  return `  ${boxes[status ?? 'pending']} ${title ?? ''}`
}

const richText = ({ elements }: RichTextBlock): string => elements.map(richElement).join('\n')

function richElement(element: RichTextBlockElement): string {
  switch (element.type) {
    case 'rich_text_section':
      return leaves(element.elements)
    case 'rich_text_list':
      return element.elements
        .map((item) => `  • ${leaves(item.elements).replaceAll('\n', '\n    ')}`)
        .join('\n')
    case 'rich_text_quote':
      return leaves(element.elements).replace(/^/gm, '  │ ')
    case 'rich_text_preformatted':
      return leaves(element.elements).replace(/^/gm, '    ')
  }
}

const leaves = (elements: readonly RichTextElement[]): string => elements.map(leaf).join('')

function leaf(element: RichTextElement): string {
  switch (element.type) {
    case 'text':
      return element.style?.code ? `\`${element.text}\`` : element.text
    case 'user':
      return `@${element.user_id}`
    case 'link':
      return element.text ? `${element.text}: ${element.url}` : element.url
    case 'date':
      return element.fallback ?? new Date(element.timestamp * 1000).toISOString()
    case 'channel':
      return `#${element.channel_id}`
    case 'emoji':
      return `:${element.name}:`
    default:
      return ''
  }
}

const markup = (of: { readonly type: string; readonly text: string }): string =>
  of.type === 'mrkdwn' ? unescaped(of.text.replace(/<([@#!])([^<>|]*)(?:\|[^<>]*)?>/g, '$1$2')) : of.text

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

function texts(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { text } = node as { text?: unknown }
  return typeof text === 'string' ? [text] : Object.values(node).flatMap(texts)
}
