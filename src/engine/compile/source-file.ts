import { type ReadDocument, readDocument } from '../../yaml/document.ts'
import type { Path } from '../../yaml/path.ts'
import type { ProblemInFile } from '../../yaml/problem.ts'
import { type PartFile, runbookFile, type TopicFile } from '../runbook/schema.ts'

/** One YAML file, its shape checked. */
export interface SourceFile {
  readonly file: string
  readonly kind: 'topic' | 'part'
  readonly name: string
  readonly content: TopicFile | PartFile
  /** `file:line:column`, to point at the other place of a clash. */
  where(path: Path): string
  problem(path: Path, message: string): ProblemInFile
}

export type SourceResult =
  | { readonly ok: true; readonly source: SourceFile }
  | { readonly ok: false; readonly problems: readonly ProblemInFile[] }

export function readSource(file: string, text: string): SourceResult {
  const document = readDocument(file, text, runbookFile)
  if (!document.ok) return document
  const content = document.value
  const where = (path: Path) => place(file, document, path)
  const { problem } = document
  if ('topic' in content)
    return { ok: true, source: { file, kind: 'topic', name: content.topic, content, where, problem } }
  return { ok: true, source: { file, kind: 'part', name: content.part, content, where, problem } }
}

function place(file: string, document: ReadDocument<unknown>, path: Path): string {
  const { line, column } = document.locate(path)
  return `${file}:${line}:${column}`
}
