import { oneLine } from './shorten.ts'

/**
 * What an escalation says, as blocks: one content for a ticket (text), a mail (text and HTML) and, later, other
 * trackers. Host output stands in quotes and can never look like a heading, a link or markup of ours (S16).
 */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'item'; readonly text: string }
  /** As the host printed it: every line is kept, indented. */
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

/** Plain text that Markdown shows well too. A quote is indented code: unlike a fence, nothing in it can end it. */
export const toText = (blocks: readonly Block[]): string =>
  blocks.map((block, at) => (block.kind === 'heading' && at > 0 ? '\n' : '') + textOf(block)).join('\n')

function textOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `## ${oneLine(block.text)}`
    case 'line':
      return oneLine(block.text)
    case 'item':
      return `- ${oneLine(block.text)}`
    case 'quote':
      return block.text.replace(/^/gm, '    ')
    case 'link':
      return `${oneLine(block.text)}: ${oneLine(block.href)}`
  }
}

/** A whole page with inline styles only: readable in any mail client, nothing is loaded from anywhere. */
export function toHtml(blocks: readonly Block[]): string {
  const body = blocks.map(htmlOf).join('\n').replaceAll('</ul>\n<ul>', '')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"></head>
<body style="font-family: sans-serif; font-size: 14px; line-height: 1.4">
${body}
</body></html>
`
}

function htmlOf(block: Block): string {
  const text = escapeHtml(block.kind === 'quote' ? block.text : oneLine(block.text))
  switch (block.kind) {
    case 'heading':
      return `<h3>${text}</h3>`
    case 'line':
      return `<p>${text}</p>`
    case 'item':
      return `<ul><li>${text}</li></ul>`
    case 'quote':
      return `<pre style="font-family: monospace; font-size: 12px; white-space: pre-wrap; margin-left: 2em">${text}</pre>`
    case 'link':
      return block.href.startsWith('https://')
        ? `<p><a href="${escapeHtml(block.href)}">${text}</a></p>`
        : `<p>${text}: ${escapeHtml(block.href)}</p>`
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c] ?? c)

/**
 * As many groups as fit into `max` characters of text, from the first; then a line that says how many are left out. A
 * group is never torn, so no command and no quotation is shown in part.
 */
export function asManyAsFit(
  groups: readonly (readonly Block[])[],
  max: number,
  leftOut: (count: number) => string,
): Block[] {
  const room = max - leftOut(groups.length).length - 1
  const taken: Block[] = []
  let used = 0
  for (const [at, group] of groups.entries()) {
    used += toText(group).length + 2
    if (used > room) return [...taken, { kind: 'line', text: leftOut(groups.length - at) }]
    taken.push(...group)
  }
  return taken
}
