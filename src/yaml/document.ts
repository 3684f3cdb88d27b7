import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml'
import type { ZodType, z } from 'zod'
import { explainIssues } from './explain.ts'
import type { ProblemInFile } from './problem.ts'

export type Path = readonly (string | number)[]

/** Lines and columns start at 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface ReadDocument<T> {
  readonly ok: true
  readonly value: T
  /** Where the value at a path starts; where it is missing, its nearest parent. */
  locate(path: Path): Place
  problem(path: Path, message: string): ProblemInFile
}

export type DocumentResult<T> =
  | ReadDocument<T>
  | { readonly ok: false; readonly problems: readonly ProblemInFile[] }

/** More text than any file of ours needs; more aliases than a person writes by hand. */
const MAX_CHARACTERS = 1024 * 1024
const MAX_ALIASES = 100

/**
 * Reads one YAML document (1.2, core schema, unique keys, no custom tags) and checks it. Every mistake of the file is a problem with
 * its place; nothing is thrown and nothing is half-read.
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
  const { doc, value } = parsed
  const syntax = [...doc.errors, ...doc.warnings].map((error) => ({
    file,
    ...placeAt(lines, error.pos[0]),
    path: '',
    message: inOurWords[error.code] ?? oneSentence(error.message),
  }))
  if (syntax.length > 0) return failed(firstOfEachLine(syntax))

  const locate = (path: Path): Place => placeAt(lines, offsetOf(doc, path, 'value'))
  const problem = (path: Path, message: string): ProblemInFile => ({
    file,
    ...locate(path),
    path: printPath(path),
    message,
  })
  const checked = schema.safeParse(value)
  if (checked.success) return { ok: true, value: checked.data, locate, problem }
  return failed(
    explainIssues(schema, value, checked.error.issues).map((mistake) => ({
      file,
      ...placeAt(lines, offsetOf(doc, mistake.path, mistake.at)),
      path: printPath(mistake.path),
      message: mistake.message,
    })),
  )
}

/** `probes.disk.timeout`, `steps[2].run`, `hosts["db 1"].port`. */
export const printPath = (path: Path): string =>
  path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`
      return /^[\w.-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
    })
    .join('')
    .replace(/^\./, '')

const failed = (problems: readonly ProblemInFile[]) => ({ ok: false as const, problems })

type Parsed =
  | { readonly ok: true; readonly doc: Document; readonly value: unknown }
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
    })
    if (doc.errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) return tooDeep
    // With errors in it the document is reported and not used.
    return { ok: true, doc, value: doc.errors.length > 0 ? null : doc.toJS({ maxAliasCount: MAX_ALIASES }) }
  } catch (error) {
    if (error instanceof RangeError) return tooDeep
    if (error instanceof ReferenceError)
      return { ok: false, reason: `more than ${MAX_ALIASES} aliases, or one of nothing` }
    throw error
  }
}

/** One slip in the syntax makes the parser stumble over what follows: the first of each line tells. */
const firstOfEachLine = (problems: readonly ProblemInFile[]): ProblemInFile[] =>
  problems
    .filter((problem, i) => problems.findIndex((other) => other.line === problem.line) === i)
    .slice(0, 20)

const inOurWords: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'a file is one document; split it at the `---`',
  BLOCK_AS_IMPLICIT_KEY: 'a key within the value of another; put text with `: ` in it in quotes',
}

/** The library ends some messages with the source line, which the reader has in front of him. */
const oneSentence = (message: string): string => (message.split('\n')[0] ?? message).replace(/[.:]$/, '')

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
      const pair = container.items.find(
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
