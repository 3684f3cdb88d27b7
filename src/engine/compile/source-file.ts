import type { Path } from '../../yaml/path.ts'
import type { ProblemInFile } from '../../yaml/problem.ts'
import { type Places, readDocument } from '../../yaml/read-document.ts'
import { type PartFile, runbookFile, type TopicFile } from '../runbook/schema.ts'
import { salvage } from './readable-parts.ts'

/** One YAML file, its shape checked. */
export interface SourceFile {
  readonly file: string
  readonly kind: 'topic' | 'part'
  readonly name: string
  readonly content: TopicFile | PartFile
  /**
   * What is wrong and has been reported, such as `probes.disk`. Nothing more is known of it, so nothing more is said of
   * it.
   */
  readonly broken: ReadonlySet<string>
  /** `file:line:column`, to point at the other place of a clash. */
  where(path: Path): string
  problem(path: Path, message: string): ProblemInFile
}

/**
 * If there are problems, the source serves to find further ones. It is undefined if nobody can tell what the file says.
 */
export interface SourceResult {
  readonly source: SourceFile | undefined
  readonly problems: readonly ProblemInFile[]
}

const nothing: ReadonlySet<string> = new Set()

export function readSource(file: string, text: string): SourceResult {
  const document = readDocument(file, text, runbookFile)
  if (document.ok) return { source: sourceOf(file, document.value, nothing, document), problems: [] }
  const { problems, salvage: rest } = document
  const salvaged = rest && salvage(rest)
  const source = salvaged && sourceOf(file, salvaged.content, salvaged.broken, rest)
  return { source, problems }
}

export function sourceOf(
  file: string,
  content: TopicFile | PartFile,
  broken: ReadonlySet<string>,
  { locate, problem }: Places,
): SourceFile {
  const where = (path: Path): string => {
    const { line, column } = locate(path)
    return `${file}:${line}:${column}`
  }
  const kind = 'topic' in content ? 'topic' : 'part'
  const name = 'topic' in content ? content.topic : content.part
  return { file, kind, name, content, broken, where, problem }
}
