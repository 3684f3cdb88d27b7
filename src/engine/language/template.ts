import { clip } from '../../text/shorten.ts'
import {
  type CompiledExpression,
  type Context,
  compileExpression,
  type Expression,
  isOpenType,
} from './expression.ts'
import type { Language } from './language.ts'
import { madeOnce } from './made-once.ts'

/**
 * Text with `${CEL}` in it; `$${` is a plain `${`. `${a ?? b}` shows the first of them that is known. What a host
 * answered is inserted as text, on one line, and never evaluated.
 */
export interface Template {
  /** As its author wrote it. */
  readonly source: string
  readonly expressions: readonly Expression[]
  /** The expressions that leave a gap if they are unknown: the last of each row of alternatives. */
  readonly uncertain: readonly Expression[]
  /** Never fails: what is unknown renders as "?". */
  render(context: Context): string
  /** Undefined where something in it is unknown. */
  renderKnown(context: Context): string | undefined
}

export type CompiledTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly messages: readonly string[] }

/** Text, or what is shown of the first expression that is known. */
type Piece = string | readonly Expression[]

/** `it`: CEL's name of the type of the element that it is about. Of a file that is right it is read when it is needed. */
export function compileTemplate(language: Language, source: string, it?: string): CompiledTemplate {
  const read = madeOnce(() => readTemplate(language, source, it))
  const messages = language.isRight ? [] : read().messages
  if (messages.length > 0) return { ok: false, messages }
  const pieces = (): readonly Piece[] => read().pieces
  return {
    ok: true,
    template: {
      source,
      get expressions() {
        return pieces().flatMap((piece) => (typeof piece === 'string' ? [] : piece))
      },
      get uncertain() {
        return pieces().flatMap((piece) => (typeof piece === 'string' ? [] : piece.slice(-1)))
      },
      render: (context) => joined(pieces().map((piece) => show(piece, context) ?? '?')),
      renderKnown(context) {
        const parts: string[] = []
        for (const piece of pieces()) {
          const part = show(piece, context)
          if (part === undefined) return undefined
          parts.push(part)
        }
        return joined(parts)
      },
    },
  }
}

interface ReadTemplate {
  readonly pieces: readonly Piece[]
  readonly messages: readonly string[]
}

function readTemplate(language: Language, source: string, it: string | undefined): ReadTemplate {
  const segments = segmentsOf(source)
  if (!segments) return { pieces: [], messages: ['`${` without its `}`; a plain one is written `$${`'] }
  const messages: string[] = []
  const pieces = segments.flatMap((segment): Piece[] => {
    if (segment.kind === 'text') return [segment.text]
    const compile = (text: string) => compiled(text, compileExpression(language, text, it), messages)
    return [alternativesOf(segment.text).flatMap((text) => compile(text) ?? [])]
  })
  if (segments.some(({ kind, text }) => kind === 'text' && text.includes('{{')))
    messages.push('`{{…}}` belongs in commands; write `${param.…}` here')
  return { pieces, messages }
}

function compiled(text: string, result: CompiledExpression, messages: string[]): Expression | undefined {
  if (!result.ok) messages.push(result.message)
  else if (!shown.has(result.expression.type) && !isOpenType(result.expression.type))
    messages.push(
      `\`\${${text}}\` is a ${result.expression.type}; a template shows text, numbers and true or false (\`.join(", ")\` makes text of a list)`,
    )
  else return result.expression
  return undefined
}

const shown: ReadonlySet<string> = new Set(['string', 'int', 'double', 'bool'])
const MAX_INSERTED = 300

function show(piece: Piece, context: Context): string | undefined {
  if (typeof piece === 'string') return piece
  for (const expression of piece) {
    const text = shownAs(expression, context)
    if (text !== undefined) return text
  }
  return undefined
}

function shownAs(expression: Expression, context: Context): string | undefined {
  const answer = expression.evaluate(context)
  if (!answer.known) return undefined
  if (typeof answer.value === 'number') return String(Math.round(answer.value * 100) / 100)
  const text = String(answer.value).split('\n').join(' ')
  const [before, after] = [/^\s/.test(text) ? ' ' : '', /\s$/.test(text) ? ' ' : '']
  return text.trim() === '' ? '' : `${before}${clip(text.trim(), MAX_INSERTED)}${after}`
}

/** A blank at the edge of what is inserted stands only between words: an author writes `${" on port " + …}`. */
const joined = (parts: readonly string[]): string =>
  parts
    .reduce((before, part) => {
      const text = /^[\s,.;:)\]]/.test(part) ? before.trimEnd() : before
      return /(?:^|[\s([])$/.test(text) ? text + part.trimStart() : text + part
    }, '')
    .trim()

interface Segment {
  readonly kind: 'text' | 'expression'
  readonly text: string
}

/** Undefined where an expression is not closed. Braces within CEL's strings and maps do not close it. */
export function segmentsOf(source: string): Segment[] | undefined {
  const segments: Segment[] = []
  let text = ''
  let at = 0
  while (true) {
    const start = source.indexOf('${', at)
    if (start < 0) return [...segments, { kind: 'text', text: text + source.slice(at) }]
    if (source[start - 1] === '$' && start > at) {
      text += `${source.slice(at, start - 1)}\${`
      at = start + 2
      continue
    }
    const end = closingBrace(source, start + 2)
    if (end === undefined) return undefined
    segments.push({ kind: 'text', text: text + source.slice(at, start) })
    segments.push({ kind: 'expression', text: source.slice(start + 2, end).trim() })
    text = ''
    at = end + 1
  }
}

function closingBrace(source: string, start: number): number | undefined {
  let depth = 0
  for (const [at, character] of outsideStrings(source, start)) {
    if (character === '{') depth++
    else if (character === '}' && depth-- === 0) return at
  }
  return undefined
}

/** `a ?? b`: CEL has no such operator, so outside its strings it can mean nothing else. */
export function alternativesOf(source: string): string[] {
  const parts: string[] = []
  let start = 0
  for (const [at, character] of outsideStrings(source, 0)) {
    if (at < start || character !== '?' || source[at + 1] !== '?') continue
    parts.push(source.slice(start, at).trim())
    start = at + 2
  }
  return [...parts, source.slice(start).trim()]
}

/** The characters of an expression that are not within CEL's strings, with their places. */
function* outsideStrings(source: string, start: number): Generator<readonly [number, string]> {
  let quote: string | undefined
  for (let at = start; at < source.length; at++) {
    const character = source.charAt(at)
    if (quote) {
      if (character === '\\') at++
      else if (character === quote) quote = undefined
    } else if (character === '"' || character === "'") quote = character
    else yield [at, character]
  }
}
