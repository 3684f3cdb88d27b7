import { MARK } from './mark.ts'
import { isBlank, type Key } from './secret-key.ts'

/** Where the value of a key stands in its line, and what it is. */
export interface Value {
  readonly start: number
  readonly end: number
  readonly text: string
  /** A bare value after a key in JSON quotes: a number, a word. */
  readonly bare: boolean
  readonly quoted: boolean
}

/**
 * The value after the separator at `index`. Quoted values end at their own kind of quote, or with the line where the
 * output was cut. Bare ones end where their format ends them: at the end of a line that is a setting (`password: two
 * words`), else at white space, a quote, or what separates fields. Undefined: there is none, or a map or a list of them
 * starts here.
 */
export function valueAfter(line: string, index: number, key: Key): Value | undefined {
  const colon = line[index] === ':'
  if (colon && (line[index + 1] === ':' || line[index - 1] === ':' || line.startsWith('//', index + 1)))
    return
  let start = index + 1
  while (line[start] === '=' || line[start] === '>' || line[start] === '~') start++
  while (isBlank(line.charAt(start))) start++
  if (start >= line.length) return
  const opener = openingQuote(line, start)
  if (opener) return within(line, start + opener.length, opener)
  const reference = /^\$(?:\{[^}]*\}|\([^)]*\))(?![^\s,;])/.exec(line.slice(start, start + 200))?.[0]
  if (reference) return { start, end: start + reference.length, text: reference, bare: false, quoted: false }
  if (line.startsWith(MARK, start)) return bareValue(line, start, index, key)
  if (line.startsWith('{{', start)) return
  const container = line[start] === '{' || line[start] === '['
  if (container && (colon || key.quote !== '')) return
  return bareValue(line, start, index, key)
}

function within(line: string, start: number, quote: string): Value | undefined {
  const end = closingQuote(line, start, quote)
  return end > start ? { start, end, text: line.slice(start, end), bare: false, quoted: true } : undefined
}

function bareValue(line: string, start: number, index: number, key: Key): Value | undefined {
  const around = key.quote === '' ? quoteBefore(line, key.start) : ''
  if (around) return { ...(within(line, start, around) ?? none(start)), quoted: false }
  const inJson = JSON_QUOTE.test(key.quote)
  const alone = !inJson && opensLine(line, key.start)
  const wholeLine = alone && (line[index] === ':' || key.spaced)
  const stop = inJson ? /[\s,}\]]/ : alone ? /\s/ : fieldEnd(line, key.start)
  const end = wholeLine ? line.trimEnd().length : endOfBare(line, start, stop)
  return end > start ? { start, end, text: line.slice(start, end), bare: inJson, quoted: false } : undefined
}

/** A key in double quotes, as in JSON, in JSON in JSON, or in JSON in CSV. */
const JSON_QUOTE = /^(?:\\{0,7}"|"")$/
const none = (start: number): Value => ({ start, end: start, text: '', bare: false, quoted: false })

/** In the middle of a line; `&` and `;` separate fields only where one of them stands before the key too. */
function fieldEnd(line: string, keyStart: number): RegExp {
  const before = line.charAt(keyStart - 1)
  if (before === '?' || before === '&') return /[\s"'`,}\]&]/
  return before === ';' ? /[\s"'`,}\];]/ : /[\s"'`,}\]]/
}

/** A mark is one piece, though it ends in a bracket. */
function endOfBare(line: string, start: number, stop: RegExp): number {
  let i = start
  while (i < line.length) {
    if (line.startsWith(MARK, i)) i += MARK.length
    else if (stop.test(line.charAt(i))) break
    else i++
  }
  return i
}

/**
 * The key is the first thing of its line, or of its log message, but for what makes it a list item, a comment, a diff
 * or an export.
 */
const opensLine = (line: string, keyStart: number): boolean =>
  keyStart <= 80 && /(?:^|\]: )[\s>+#;*-]*(?:(?:export|set|env|setenv)\s+)?$/.test(line.slice(0, keyStart))

/** `"DB_PASSWORD=two words"`: the quote that holds key and value together. */
const quoteBefore = (line: string, keyStart: number): string =>
  /\\{0,7}["']$/.exec(line.slice(Math.max(0, keyStart - 8), keyStart))?.[0] ?? ''

function openingQuote(line: string, start: number): string {
  const quote = /^\\{0,7}["'`]/.exec(line.slice(start, start + 8))?.[0] ?? ''
  // "" opens a JSON text inside a CSV field, unless it is an empty text.
  if (quote === '"' && line[start + 1] === '"' && /[^\s,;:)}\]]/.test(line.charAt(start + 2))) return '""'
  return quote
}

/**
 * Index of the quote (with its backslashes) that closes what `quote` opened; the line's end where none does. At each
 * level of JSON in JSON a closing quote carries the backslashes of its opening one, and an escaped quote at least one
 * more.
 */
function closingQuote(line: string, start: number, quote: string): number {
  if (quote === '""') {
    const end = line.indexOf('""', start)
    return end < 0 ? line.length : end
  }
  const kind = quote.charAt(quote.length - 1)
  const depth = quote.length - 1
  let backslashes = 0
  for (let i = start; i < line.length; i++) {
    const c = line[i]
    if (c === kind && backslashes % (2 * depth + 2) === depth) {
      const doubled = kind === "'" && depth === 0 && line[i + 1] === "'"
      if (!doubled) return i - depth
      i++
    }
    backslashes = c === '\\' ? backslashes + 1 : 0
  }
  return line.length
}
