import { oneLine } from '../../text/shorten.ts'

/**
 * Other people's text in GitHub's Markdown (CommonMark 0.31, github.github.com/gfm): nothing of it becomes a heading, a
 * link, an image, HTML, a mention, a reference to an issue, or the end of a fence.
 */

/** Stands where GitHub would look for a mention or a reference; nobody sees it. */
const INVISIBLE = '\u200B'

/** Each ASCII punctuation may carry a backslash (CommonMark 2.4); these never mean anything by themselves. */
const MARKUP = /[!-/:-@[-`{-~]/g
const HARMLESS = new Set([...`"'%,/;?^`])

/** One line of text. Mentions and references are found after the escapes, in what is rendered. */
export const inlineText = (text: string, max: number): string =>
  broken(oneLine(text, max).replace(MARKUP, (mark) => (HARMLESS.has(mark) ? mark : `\\${mark}`)))

/** The same where Markdown is not read: a title. */
export const plainTitle = (text: string, max: number): string => oneLine(broken(oneLine(text, max)), max)

const broken = (text: string): string =>
  text
    .replace(/[@#]/g, `$&${INVISIBLE}`)
    .replace(/(gh|www)(?=\\?[-.])/gi, `$1${INVISIBLE}`)
    .replace(/:(\\?\/)/g, `:${INVISIBLE}$1`)

/** Lines of text, each one kept; "- " at the start of a line is a list, as we write it. */
export function textLines(text: string): string {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => line.trim())
  return lines
    .map((line, at) => {
      if (isItem(line)) return `- ${inlineText(line.slice(2), 3_000)}`
      const next = lines[at + 1] ?? ''
      const breaks = line !== '' && next !== '' && !isItem(next)
      return inlineText(line, 3_000) + (breaks ? '\\' : '')
    })
    .join('\n')
}

const isItem = (line: string): boolean => line.startsWith('- ')

/** A longer run of backticks is broken, or its fence would be as long as itself. */
const LONGEST_RUN = 8

/** A block of code whose fence is longer than any run of backticks in it, so that nothing in it ends it. */
export function fenced(text: string): string {
  const inside = text
    .replace(/\r\n|[\r\u2028\u2029]/g, '\n')
    .replace(new RegExp(`\`{${LONGEST_RUN}}(?=\`)`, 'g'), `$&${INVISIBLE}`)
  const longest = Math.max(0, ...(inside.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return `${fence}text\n${inside}\n${fence}`
}

/** A link of ours; undefined where the URL could be more than that. */
export const link = (label: string, url: string): string | undefined =>
  /^https:\/\/[A-Za-z0-9.-]+(:\d+)?\/[A-Za-z0-9._~/?=&%-]*$/.test(url) ? `[${label}](${url})` : undefined
