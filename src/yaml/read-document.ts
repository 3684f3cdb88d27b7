import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { ZodType, z } from 'zod'
import { type Path, printPath } from './path.ts'
import type { ProblemInFile } from './problem.ts'
import { explainIssues, type Mistake } from './shape-mistakes.ts'
import { aliasOfNothing, type Slips, slipsOf } from './syntax-mistakes.ts'

/** Lines and columns start at 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Finds the place of what a document says. */
export interface Places {
  /** Where the value at a path starts; where it is missing, its nearest parent. */
  locate(path: Path): Place
  problem(path: Path, message: string): ProblemInFile
}

export interface ReadDocument<T> extends Places {
  readonly ok: true
  readonly value: T
}

/** What a document with mistakes says, unchecked. It serves to look for further mistakes, and for nothing else. */
export interface Salvage extends Places {
  readonly value: unknown
  /** What does not have the shape that it must have. */
  readonly mistakes: readonly Mistake[]
}

export type DocumentResult<T> =
  | ReadDocument<T>
  | { readonly ok: false; readonly problems: readonly ProblemInFile[]; readonly salvage?: Salvage }

/** More text than any file of ours needs; more aliases than a person writes by hand. */
const MAX_CHARACTERS = 1024 * 1024
const MAX_ALIASES = 100

/**
 * Reads one YAML document (1.2, core schema, unique keys, no custom tags) and checks it. Every mistake of the file is a
 * problem with its place; nothing is thrown and nothing is half-read.
 */
export function readDocument<S extends ZodType>(
  file: string,
  text: string,
  schema: S,
): DocumentResult<z.output<S>> {
  if (text.length > MAX_CHARACTERS)
    return failed([
      { file, line: 1, column: 1, path: '', message: 'the file is larger than 1 MB; split it up' },
    ])
  const lines = new LineCounter()
  const parsed = parseText(text, lines)
  if (!parsed.ok) return failed([{ file, line: 1, column: 1, path: '', message: parsed.reason }])
  const { doc, value, slips } = parsed
  const at = (offset: number, path: Path, message: string): ProblemInFile => ({
    file,
    ...placeAt(lines, offset),
    path: printPath(path),
    message,
  })
  const syntax = slips.list.map(({ offset, path, message }) => at(offset, path, message))
  if (!slips.harmless) return failed(syntax)

  const places: Places = {
    locate: (path) => placeAt(lines, offsetOf(doc, path, 'value')),
    problem: (path, message) => at(offsetOf(doc, path, 'value'), path, message),
  }
  const checked = schema.safeParse(value)
  if (checked.success && syntax.length === 0) return { ok: true, value: checked.data, ...places }
  const mistakes = checked.success ? [] : explainIssues(schema, value, checked.error.issues)
  // A slip in the syntax changes what its line means, so the line is reported once.
  const shape = mistakes
    .map((mistake) => at(offsetOf(doc, mistake.path, mistake.at), mistake.path, mistake.message))
    .filter(({ line }) => !syntax.some((slip) => slip.line === line))
  return { ...failed([...syntax, ...shape]), salvage: { value, mistakes, ...places } }
}

const failed = (problems: readonly ProblemInFile[]) => ({ ok: false as const, problems })

type Parsed =
  | { readonly ok: true; readonly doc: Document; readonly value: unknown; readonly slips: Slips }
  | { readonly ok: false; readonly reason: string }

const tooDeep = { ok: false as const, reason: 'the file is nested too deeply' }

function parseText(text: string, lineCounter: LineCounter): Parsed {
  try {
    const doc = parseDocument(text, {
      lineCounter,
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      prettyErrors: false,
      stringKeys: true,
      // What it would print of keys that are no text is told as a problem.
      logLevel: 'error',
    })
    if (doc.errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) return tooDeep
    const slips = slipsOf(doc, text, lineCounter)
    return { ok: true, doc, ...plainValue(doc, slips) }
  } catch (error) {
    if (error instanceof RangeError) return tooDeep
    if (error instanceof ReferenceError)
      return { ok: false, reason: `more than ${MAX_ALIASES} aliases; write out what they stand for` }
    throw error
  }
}

/** With slips that make something else of it, a document is reported and not used. */
function plainValue(doc: Document, slips: Slips): { readonly value: unknown; readonly slips: Slips } {
  if (!slips.harmless) return { value: null, slips }
  try {
    return { value: doc.toJS({ maxAliasCount: MAX_ALIASES }), slips }
  } catch (error) {
    const slip = error instanceof ReferenceError ? aliasOfNothing(doc) : undefined
    if (!slip) throw error
    return { value: null, slips: { list: [...slips.list, slip], harmless: false } }
  }
}

const placeAt = (lines: LineCounter, offset: number): Place => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** Offset of a value, or of the key that names it; of the deepest parent that exists where the path leads nowhere. */
function offsetOf(doc: Document, path: Path, at: 'key' | 'value'): number {
  let node = doc.contents as Node | null
  let offset = node?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const container: unknown = isAlias(node) ? node.resolve(doc) : node
    const last = depth === path.length - 1
    if (isMap(container)) {
      // Of a key that is written twice, the last counts.
      const pair = container.items.findLast(
        (item) => isScalar(item.key) && String(item.key.value) === String(step),
      )
      if (!pair) return offset
      const key = pair.key as Node
      node = pair.value as Node | null
      offset = (last && at === 'key' ? key.range?.[0] : (node?.range?.[0] ?? key.range?.[0])) ?? offset
      continue
    }
    if (!isSeq(container)) return offset
    node = (container.items[Number(step)] as Node | undefined) ?? null
    if (!node) return offset
    offset = node.range?.[0] ?? offset
  }
  return offset
}
