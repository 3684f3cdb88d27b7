import type { Environment } from '@marcbachmann/cel-js'
import { clip } from './clip.ts'
import { type Context, compileExpression, type Expression } from './expression.ts'

/**
 * Text with `${CEL}` in it; `$${` is a plain `${`. `${CEL ?? CEL}` shows the second where the first is unknown. What a host answered is inserted
 * as text, on one line, and never evaluated.
 */
export interface Template {
  /** As its author wrote it. */
  readonly source: string
  readonly expressions: readonly Expression[]
  /** Those without which there is a gap: the last of each row of alternatives. */
  readonly uncertain: readonly Expression[]
  /** Never fails: what is unknown renders as "?". */
  render(context: Context): string
  /** Undefined where something in it is unknown. */
  renderKnown(context: Context): string | undefined
}

export type CompiledTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly messages: readonly string[] }

/** A plain text, or expressions of which the first that is known is shown. */
type Piece = string | readonly Expression[]

export function compileTemplate(env: Environment, source: string, known: Iterable<string>): CompiledTemplate {
  const segments = segmentsOf(source)
  if (!segments) return { ok: false, messages: ['`${` without its `}`; a plain one is written `$${`'] }
  const messages: string[] = []
  const compile = (source: string): Expression[] => {
    const compiled = compileExpression(env, source, known)
    if (!compiled.ok) messages.push(compiled.message)
    else if (!shown.has(compiled.expression.type))
      messages.push(
        `\`\${${source}}\` is a ${compiled.expression.type}; a template shows text, numbers and true or false (\`.join(", ")\` makes text of a list)`,
      )
    else return [compiled.expression]
    return []
  }
  const pieces = segments.map(
    (segment): Piece =>
      segment.kind === 'text' ? segment.text : alternativesOf(segment.text).flatMap(compile),
  )
  if (segments.some(({ kind, text }) => kind === 'text' && text.includes('{{')))
    messages.push('`{{…}}` belongs in commands; write `${param.…}` here')
  if (messages.length > 0) return { ok: false, messages }
  const expressions = pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece))
  return {
    ok: true,
    template: {
      source,
      expressions,
      uncertain: pieces.flatMap((piece) => (typeof piece === 'string' ? [] : piece.slice(-1))),
      render: (context) =>
        pieces
          .map((piece) => show(piece, context) ?? '?')
          .join('')
          .trim(),
      renderKnown(context) {
        const parts = pieces.map((piece) => show(piece, context))
        return parts.includes(undefined) ? undefined : parts.join('').trim()
      },
    },
  }
}

const shown: ReadonlySet<string> = new Set(['string', 'int', 'double', 'bool'])
const MAX_INSERTED = 300

function show(piece: Piece, context: Context): string | undefined {
  if (typeof piece === 'string') return piece
  const answer = piece.map((one) => one.evaluate(context)).find(({ known }) => known)
  if (!answer?.known) return undefined
  if (typeof answer.value === 'number') return String(Math.round(answer.value * 100) / 100)
  const text = String(answer.value).split('\n').join(' ').trim()
  return clip(text, MAX_INSERTED)
}

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
  for (const at of outsideStrings(source, start)) {
    if (source[at] === '{') depth++
    else if (source[at] === '}' && depth-- === 0) return at
  }
  return undefined
}

/** `a ?? b`: CEL has no such operator, so it stands for nothing else. */
export function alternativesOf(source: string): string[] {
  const parts: string[] = []
  let from = 0
  for (const at of outsideStrings(source, 0)) {
    if (at < from || source[at] !== '?' || source[at + 1] !== '?') continue
    parts.push(source.slice(from, at).trim())
    from = at + 2
  }
  return [...parts, source.slice(from).trim()]
}

/** Places in CEL that are not within its strings. */
function* outsideStrings(source: string, start: number): Generator<number> {
  let quote: string | undefined
  for (let at = start; at < source.length; at++) {
    const character = source[at]
    if (quote) {
      if (character === '\\') at++
      else if (character === quote) quote = undefined
    } else if (character === '"' || character === "'") quote = character
    else yield at
  }
}
