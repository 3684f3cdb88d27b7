import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { type ProblemInFile, printProblem } from '../yaml/problem.ts'
import { assemble } from './compile/assemble-topic.ts'
import { problemsOfExplanations } from './compile/check-explanations.ts'
import {
  CHECKED_FILE,
  type CheckedFile,
  type CheckedFolder,
  readCheckedFolder,
  writeCheckedFolder,
} from './compile/checked-folder.ts'
import { type CompileResult, compileFile } from './compile/compile-file.ts'
import { duplicatesInAll, duplicatesWithin } from './compile/duplicate-names.ts'
import { type FileWithIncludes, withIncludes } from './compile/includes.ts'
import { withScripts } from './compile/script-files.ts'
import { readSource, type SourceFile, type SourceResult } from './compile/source-file.ts'
import type { CheckedExpressions } from './language/language.ts'
import { checkValue } from './runbook/parameters.ts'
import type { Runbook } from './runbook/runbook.ts'

export type { Runbook } from './runbook/runbook.ts'

export interface Runbooks {
  /** By name, in the order in which they are listed. */
  readonly topics: ReadonlyMap<string, Runbook>
  find(nameOrAlias: string): Runbook | undefined
  /** All names and aliases. */
  names(): string[]
}

export type LoadedRunbooks =
  | { readonly ok: true; readonly runbooks: Runbooks; readonly files: CheckedFolder }
  | { readonly ok: false; readonly problems: readonly ProblemInFile[] }

export interface Loading {
  /**
   * Also reports conditions that stay unknown if a probe with `needs` did not run. For authors; it takes half a second.
   */
  readonly guards?: boolean
}

/**
 * Reads every *.yml and *.yaml below the folders: the built-in one first, then users' own, which may add topics and
 * parts.
 */
export function loadRunbooks(folders: readonly string[], loading: Loading = {}): LoadedRunbooks {
  const files: TextFile[] = []
  const problems: ProblemInFile[] = []
  for (const folder of folders) {
    try {
      files.push(...filesBelow(folder))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      problems.push({ file: folder, line: 1, column: 1, path: '', message: `cannot be read: ${reason}` })
    }
  }
  const built = buildRunbooks(files, loading)
  if (problems.length === 0) return built
  return { ok: false, problems: built.ok ? problems : [...problems, ...built.problems] }
}

export interface TextFile {
  readonly file: string
  readonly text: string
  /** The folder of runbooks that it is in, for its scripts. */
  readonly folder?: string
  /** What was found of it when the package was built. */
  readonly checked?: CheckedFile | undefined
}

function filesBelow(folder: string): TextFile[] {
  const texts = textsBelow(folder)
  const checked = readCheckedFolder(folder, texts)
  return [...texts].map(([file, text]) => ({ file, folder, text, checked: checked?.get(file) }))
}

/**
 * Reads and checks the runbooks of a folder and keeps what was found beside them, so that nobody has to do it again.
 * Says what is wrong instead, if anything is.
 */
export function keepChecked(folder: string): readonly ProblemInFile[] {
  rmSync(path.join(folder, CHECKED_FILE), { force: true })
  const loaded = loadRunbooks([folder], { guards: true })
  if (!loaded.ok) return loaded.problems
  writeCheckedFolder(folder, textsBelow(folder), loaded.files)
  return []
}

const textsBelow = (folder: string): Map<string, string> =>
  new Map(yamlFilesBelow(folder).map((file) => [file, readFileSync(file, 'utf8')]))

const yamlFilesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml') || name.endsWith('.yaml'))
    .sort()
    .map((name) => path.join(folder, name))

/** All problems of all files at once: nobody mends a folder one mistake at a time. */
export function buildRunbooks(files: readonly TextFile[], { guards = false }: Loading = {}): LoadedRunbooks {
  const read = files.map(readOnce)
  const sources = read.flatMap(({ source }) => source ?? [])
  const problems = [
    ...read.flatMap((result) => result.problems),
    ...duplicatesInAll(sources),
    ...badDefaults(sources),
  ]
  // What seems to be missing may be in a file that cannot be read.
  const complete = sources.length === files.length
  const isRight = files.every(({ checked }) => checked)
  if (complete && !isRight) problems.push(...problemsOfExplanations(sources))
  const parts = new Map(
    sources.filter((source) => source.kind === 'part').map((source) => [source.name, source]),
  )
  const wholes: FileWithIncludes[] = []
  for (const source of sources) {
    const gaps: ProblemInFile[] = []
    const whole = withIncludes(source, parts, gaps)
    if (gaps.length > 0 && !complete) continue
    problems.push(...gaps, ...duplicatesWithin(whole))
    wholes.push(whole)
  }
  const checked = new Map(
    files.flatMap((file, at) => {
      const source = read[at]?.source
      return file.checked && source ? [[source, file.checked.expressions]] : []
    }),
  )
  const compiled = compileAll(wholes, problems, { guards, checked })
  if (problems.length > 0) return { ok: false, problems: inOrder(eachOnce(problems), files) }
  const runbooks = wholes.flatMap((whole): Runbook[] => {
    const { content } = whole.root
    return 'topic' in content ? [assemble(content, whole, compiled)] : []
  })
  const found = wholes.flatMap(({ root }): [string, CheckedFile][] => {
    const expressions = compiled.get(root)?.checked
    return expressions ? [[root.file, { source: root, expressions }]] : []
  })
  return { ok: true, runbooks: runbooksOf(runbooks), files: new Map(found) }
}

/**
 * What was read and compiled before in this process stays good while no text of a runbook or of its scripts changes:
 * `runbook test` loads the shipped runbooks twice.
 */
const readBefore = new Map<string, Remembered>()
const compiledBefore = new WeakMap<
  SourceFile,
  {
    readonly from: FileWithIncludes
    readonly guards: boolean
    readonly result: CompileResult
  }
>()

interface Remembered {
  readonly text: string
  /** Without its scripts. */
  readonly plain: SourceResult
  /** What its scripts made of it, as JSON. */
  readonly whole: string
  readonly result: SourceResult
}

function readOnce({ file, text, folder = '.', checked }: TextFile): SourceResult {
  if (checked) return { source: checked.source, problems: [] }
  const before = readBefore.get(file)
  const known = before?.text === text ? before : undefined
  const plain = known?.plain ?? readSource(file, text)
  if (!plain.source) return plain
  const { source, problems } = withScripts(plain.source, folder)
  const whole = JSON.stringify([folder, source.content])
  if (known?.whole === whole && problems.length === 0) return known.result
  const result = { source, problems: [...plain.problems, ...problems] }
  readBefore.set(file, { text, plain, whole, result })
  return result
}

interface CompilingAll {
  readonly guards: boolean
  /** Files that were found to be right before. */
  readonly checked: ReadonlyMap<SourceFile, CheckedExpressions>
}

function compileOnce(
  whole: FileWithIncludes,
  done: ReadonlyMap<SourceFile, CompileResult>,
  { guards, checked }: CompilingAll,
): CompileResult {
  const known = compiledBefore.get(whole.root)
  if (known && known.guards === guards && sameFiles(known.from, whole)) return known.result
  // What a file includes decides over its types, too.
  const isChecked = whole.members.every(({ source }) => checked.has(source))
  const before = isChecked ? checked.get(whole.root) : undefined
  const result = compileFile(whole, { done, guards: guards && !before, checked: before })
  compiledBefore.set(whole.root, { from: whole, guards, result })
  return result
}

const sameFiles = (one: FileWithIncludes, other: FileWithIncludes): boolean =>
  one.members.length === other.members.length &&
  one.members.every(({ source }, at) => source === other.members[at]?.source)

/** Included files before those that include them. */
function compileAll(
  wholes: readonly FileWithIncludes[],
  problems: ProblemInFile[],
  compiling: CompilingAll,
): Map<SourceFile, CompileResult> {
  const compiled = new Map<SourceFile, CompileResult>()
  for (const whole of [...wholes].sort((a, b) => a.members.length - b.members.length)) {
    const result = compileOnce(whole, compiled, compiling)
    compiled.set(whole.root, result)
    problems.push(...result.problems)
  }
  return compiled
}

/** A duplicate within a part is found again in every topic that includes it. */
const eachOnce = (problems: readonly ProblemInFile[]): ProblemInFile[] => [
  ...new Map(problems.map((problem) => [printProblem(problem), problem])).values(),
]

const inOrder = (problems: readonly ProblemInFile[], files: readonly TextFile[]): ProblemInFile[] => {
  const order = new Map(files.map(({ file }, i) => [file, i]))
  const rank = (problem: ProblemInFile) => order.get(problem.file) ?? 0
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column)
}

const badDefaults = (sources: readonly SourceFile[]): ProblemInFile[] =>
  sources.flatMap((source) =>
    Object.entries(source.content.parameters).flatMap(([name, parameter]) => {
      if (parameter.default === undefined || parameter.default === '') return []
      const checked = checkValue(parameter.type, parameter.default)
      return checked.ok ? [] : [source.problem(['parameters', name, 'default'], checked.message)]
    }),
  )

function runbooksOf(all: readonly Runbook[]): Runbooks {
  const listed = [...all].sort((a, b) => a.order - b.order)
  const topics = new Map(listed.map((runbook) => [runbook.topic, runbook]))
  const byName = new Map(
    listed.flatMap((runbook) => [runbook.topic, ...runbook.aliases].map((name) => [name, runbook] as const)),
  )
  const byAlert = new Map(
    listed.flatMap((runbook) => runbook.alerts.map((name) => [name.toLowerCase(), runbook] as const)),
  )
  return {
    topics,
    find: (name) => byName.get(name) ?? byAlert.get(name),
    names: () => [...byName.keys()],
  }
}
