import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readDocument } from '../../yaml/read-document.ts'
import { type CheckedExpression, CheckedExpressions } from '../language/language.ts'
import { madeOnce } from '../language/made-once.ts'
import { type PartFile, runbookFile, type TopicFile } from '../runbook/schema.ts'
import { type SourceFile, sourceOf } from './source-file.ts'

/**
 * The runbooks that ship with the bot are checked when its package is built, and what was found stands beside them in
 * `checked.json`: what each file says, with its scripts, and the types of its expressions. It counts while no byte of
 * the folder's runbooks and scripts has changed; otherwise they are read and checked as users' own are.
 */
export const CHECKED_FILE = 'checked.json'

export interface CheckedFile {
  readonly source: SourceFile
  readonly expressions: CheckedExpressions
}

/** By path. */
export type CheckedFolder = ReadonlyMap<string, CheckedFile>

interface Written {
  /** SHA-256 (hex) of all that was read. */
  readonly digest: string
  readonly files: readonly {
    /** Below the folder. */
    readonly name: string
    readonly content: TopicFile | PartFile
    readonly expressions: readonly (readonly [string, CheckedExpression])[]
  }[]
}

/** Undefined where nothing was written, or something has changed since. `texts`: of the folder's runbooks, by path. */
export function readCheckedFolder(
  folder: string,
  texts: ReadonlyMap<string, string>,
): CheckedFolder | undefined {
  const written = readWritten(folder)
  if (!written || written.digest !== digestOf(folder, texts)) return undefined
  return new Map(
    written.files.flatMap(({ name, content, expressions }) => {
      const file = path.join(folder, name)
      const text = texts.get(file)
      if (text === undefined) return []
      return [
        [file, { source: sourceAt(file, text, content), expressions: new CheckedExpressions(expressions) }],
      ]
    }),
  )
}

/** `files`: by path; they must be right, and complete. */
export function writeCheckedFolder(
  folder: string,
  texts: ReadonlyMap<string, string>,
  files: CheckedFolder,
): void {
  const written: Written = {
    digest: digestOf(folder, texts),
    files: [...files].map(([file, { source, expressions }]) => ({
      name: path.relative(folder, file),
      content: source.content,
      expressions: expressions.entries(),
    })),
  }
  writeFileSync(path.join(folder, CHECKED_FILE), JSON.stringify(written))
}

function readWritten(folder: string): Written | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, CHECKED_FILE), 'utf8')) as Written
  } catch {
    return undefined
  }
}

function digestOf(folder: string, texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256')
  const add = (name: string, text: string) => hash.update(`${name}\n${text.length}\n`).update(text)
  for (const [file, text] of texts) add(path.relative(folder, file), text)
  for (const script of scriptsBelow(folder)) add(script, readFileSync(path.join(folder, script), 'utf8'))
  return hash.digest('hex')
}

function scriptsBelow(folder: string): string[] {
  try {
    return readdirSync(path.join(folder, 'scripts'), {
      recursive: true,
      encoding: 'utf8',
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .sort()
  } catch {
    return []
  }
}

/** Its text is read again where somebody asks for a place in it. */
function sourceAt(file: string, text: string, content: TopicFile | PartFile): SourceFile {
  const places = madeOnce(() => {
    const document = readDocument(file, text, runbookFile)
    if (!document.ok) throw new Error(`${file}: was right when the package was built`)
    return document
  })
  return sourceOf(file, content, new Set(), {
    locate: (at) => places().locate(at),
    problem: (at, message) => places().problem(at, message),
  })
}
