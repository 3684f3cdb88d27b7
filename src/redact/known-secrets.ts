import { MARK } from './mark.ts'

/**
 * Values that we hold ourselves, wherever they turn up: as they are, URL-encoded, JSON-escaped, in hexadecimal (a
 * bytea), and inside any Base64 (which shows a value in one of three alignments).
 *
 * From 8 characters on, a value is replaced anywhere. One of 4 to 7 is replaced as a whole word, or `1234` would eat
 * the middle of every longer number. Shorter ones are left alone: they would destroy the evidence and stay guessable
 * from what is left.
 */
export interface KnownSecrets {
  replace(text: string): string
  /** A text that ends with the beginning of a value, because it was cut there, loses that end. */
  replaceCut(text: string): string
}

const ANYWHERE = 8
const WHOLE_WORD = 4
/** Fewer Base64 characters than these would match by chance. */
const BASE64_CORE = 7
/** A shorter beginning of a value at the cut says too little to hide. */
const CUT_PREFIX = 6

export function knownSecrets(secrets: readonly string[]): KnownSecrets {
  // A value of several lines is hidden line by line: the number of lines stays.
  const values = [...new Set(secrets.flatMap((secret) => secret.split(/[\r\n]+/)).map((line) => line.trim()))]
  const long = values.filter((value) => value.length >= ANYWHERE)
  const short = values.filter((value) => value.length >= WHOLE_WORD && value.length < ANYWHERE)
  const anywhere = longestFirst([...long, ...values.filter(isKnown).flatMap(encodedForms)])
  const first = alternation(anywhere.map(literal))
  const second = alternation(longestFirst(short).map(wholeWord))
  return {
    replace: (text) => outsideMarks(outsideMarks(text, first), second),
    replaceCut: (text) => withoutCutEnd(text, anywhere),
  }
}

const isKnown = (value: string): boolean => value.length >= WHOLE_WORD

function encodedForms(value: string): string[] {
  const url = encodeURIComponent(value)
  const form = url.replaceAll('%20', '+')
  const json = JSON.stringify(value).slice(1, -1)
  const hex = Buffer.from(value, 'utf8').toString('hex')
  const lowerCaseUrl = url.replace(/%../g, (byte) => byte.toLowerCase())
  const texts = [url, form, lowerCaseUrl, json, hex, hex.toUpperCase()]
  const cores = [0, 1, 2].flatMap((offset) => base64Core(value, offset))
  return [...texts.filter((text) => text !== value && text.length >= ANYWHERE), ...cores]
}

/** The characters of Base64 that depend on the value alone, where `offset` bytes stand before it; in both alphabets. */
function base64Core(value: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value, 'utf8')])
  const start = Math.ceil((offset * 8) / 6)
  const end = Math.floor((bytes.length * 8) / 6)
  const core = bytes.toString('base64').slice(start, end)
  if (core.length < BASE64_CORE) return []
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
}

const longestFirst = (forms: readonly string[]): string[] =>
  [...new Set(forms)].sort((a, b) => b.length - a.length)
const literal = (form: string): string => form.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
const wholeWord = (form: string): string => {
  const before = /^\w/.test(form) ? String.raw`(?<!\w)` : ''
  const after = /\w$/.test(form) ? String.raw`(?!\w)` : ''
  return `${before}${literal(form)}${after}`
}

const alternation = (sources: readonly string[]): RegExp | undefined =>
  sources.length > 0 ? new RegExp(sources.join('|'), 'g') : undefined

/** A mark is never part of a match: what is redacted once stays as it is. */
const outsideMarks = (text: string, pattern: RegExp | undefined): string =>
  pattern
    ? text
        .split(MARK)
        .map((part) => part.replace(pattern, MARK))
        .join(MARK)
    : text

function withoutCutEnd(text: string, forms: readonly string[]): string {
  for (const form of forms)
    for (let length = form.length - 1; length >= CUT_PREFIX; length--)
      if (text.endsWith(form.slice(0, length))) return text.slice(0, -length) + MARK
  return text
}
