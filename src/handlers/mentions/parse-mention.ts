import { unwrap } from '../../slack/typed-text.ts'

/** What a message that mentions the bot says. */
export interface Mention {
  /** What follows the mention, as it was typed: the parser of commands reads it. */
  readonly command: string
  /** Everything else in the message, as plain text: what was said before the mention, other lines, what was quoted. */
  readonly beside: string
  /** Nothing stands before it. */
  readonly begins: boolean
}

/**
 * Reads a message's `text`, as Slack gives it. Pure. A mention counts where a person wrote one: not in code, and not in
 * what is quoted. Undefined: there is none that counts.
 */
export function readMention(text: string, bot: string): Mention | undefined {
  const seen = withoutCodeAndQuotes(text)
  const mention = new RegExp(`<@${bot}(?:\\|[^<>\\n]*)?>`).exec(seen)
  if (!mention) return undefined
  // "@debvisor: db host1"
  const colon = /^[:,]/.test(seen.slice(mention.index + mention[0].length)) ? 1 : 0
  const from = mention.index + mention[0].length + colon
  const rest = text.slice(from)
  // A comment may have several lines. Otherwise what stands below is an alert that was pasted, or "thanks".
  const length = /^\s*ticket\s/i.test(rest) ? rest.length : endOfLine(rest)
  const beside = `${text.slice(0, mention.index)}\n${rest.slice(length)}`
  return {
    command: rest.slice(0, length),
    beside: unwrap(beside.replaceAll(mention[0], ' ')),
    begins: text.slice(0, mention.index).trim() === '',
  }
}

const endOfLine = (text: string): number => {
  const ends = ['\n', '```'].map((end) => text.indexOf(end)).filter((at) => at >= 0)
  return Math.min(text.length, ...ends)
}

/** The same length, so that a place in the one is the same place in the other. */
const withoutCodeAndQuotes = (text: string): string =>
  text
    .replace(/```[\s\S]*?```/g, blank)
    .replace(/^[ \t]*(?:&gt;|>){3}[\s\S]*/m, blank)
    .replace(/^[ \t]*(?:&gt;|>).*$/gm, blank)
    .replace(/`[^`\n]+`/g, blank)

const blank = (part: string): string => part.replace(/[^\n]/g, ' ')
