import { unwrap } from './typed-text.ts'

/** Of a message, as Slack gives it, where its words are: https://docs.slack.dev/messaging. */
const parts = [
  'text',
  'blocks',
  'attachments',
  'elements',
  'fields',
  'title',
  'pretext',
  'value',
  'fallback',
] as const
/** Rows of tables, and what stands beside a section. */
const more = ['rows', 'accessory', 'footer', 'alt_text', 'caption'] as const

/** More says nothing more about which host an alert is for. */
const LONGEST = 12_000
const DEEPEST = 12

/**
 * Every word that people see of a message, whoever wrote it: its text, attachments and blocks, as plain text. Strangers
 * wrote it: it is compared with the names that are known, and is nothing else.
 */
export function textOfMessage(message: unknown): string {
  const found: string[] = []
  let left = LONGEST
  const visit = (node: unknown, depth: number): void => {
    if (left <= 0 || depth > DEEPEST) return
    if (typeof node === 'string') {
      found.push(node.slice(0, left))
      left -= node.length
    } else if (Array.isArray(node)) for (const each of node) visit(each, depth + 1)
    else if (typeof node === 'object' && node !== null)
      for (const name of [...parts, ...more])
        if (Object.hasOwn(node, name)) visit((node as Readonly<Record<string, unknown>>)[name], depth + 1)
  }
  visit(message, 0)
  return unwrap(found.join('\n'))
}
