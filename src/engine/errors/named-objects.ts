import { type ErrorEvent, errorEvents, type LogLine } from './error-events.ts'
import { EXCEPTION, errorOf, isLeveled } from './error-line.ts'
import { failedCallOf } from './failed-call.ts'

/** A path on which a system call failed, as the newest error about it says. */
export interface NamedObject {
  /** Such as `EACCES`. */
  readonly code: string
  readonly path: string
  /** At how many different seconds the log says it. */
  readonly times: number
  /** It is the exception of the process that logs; otherwise another one may have told it. */
  readonly raised: boolean
  /** The line, as it stands in the log. */
  readonly text: string
}

const OLDEST_S = 900
const MOST = 4

/**
 * The paths that the newest errors of a log name together with an errno, newest first. What has another level is none:
 * programs ask for optional files and say so.
 */
export function namedObjects(log: readonly LogLine[]): NamedObject[] {
  const found = new Map<string, { newest: Named; ages: Set<number> }>()
  for (const named of errorEvents(log).flatMap(namedBy).reverse()) {
    const { newest, ages } = found.get(named.path) ?? { newest: named, ages: new Set() }
    found.set(named.path, { newest, ages: named.code === newest.code ? ages.add(named.age) : ages })
  }
  return [...found.values()].slice(0, MOST).map(({ newest: { age: _, ...named }, ages }) => ({
    ...named,
    times: ages.size,
  }))
}

type Named = Omit<NamedObject, 'times'> & { readonly age: number }

/** The first line that names it is quoted: people look for the line with the level. */
function namedBy({ age, lines }: ErrorEvent): Named[] {
  if (age > OLDEST_S) return []
  const [first, ...others] = lines.flatMap((text) => namedIn(text, age))
  if (!first) return []
  const raised = [first, ...others].some((named) => named.raised && named.path === first.path)
  return [{ ...first, raised }]
}

function namedIn(text: string, age: number): Named[] {
  const { said = '' } = errorOf(text) ?? {}
  if (!isLeveled(text) && !EXCEPTION.test(said)) return []
  const [code, path] = [failedCallOf(said)?.code, pathOf(said)]
  return code && path ? [{ age, code, path, text, raised: OF_SYSTEM.test(said) }] : []
}

/** Exceptions that a failed call itself raises, in Python and Node.js; those of clients repeat what a server told them. */
const OF_SYSTEM =
  /^(?:(?:Permission|FileNotFound|IsADirectory|NotADirectory|FileExists|OS|IO)Error|Error: E[A-Z]+): /

const WORDS =
  /\b(?:Errno \d{1,3}\b|E[A-Z]{2,14}\b)|\b[Nn]o such |\b[Pp]ermission denied|\b[Oo]peration not |\b[Ii]s a dir|\b[Nn]ot a dir|\b[Ff]ile exists|\b[Nn]o space |\b[Rr]ead-only file|\b[Tt]oo many levels/

/** Python and Node.js name the path behind the words, in quotes; Go, C and shells before them. */
function pathOf(said: string): string | undefined {
  const at = WORDS.exec(said)?.index
  if (at === undefined) return undefined
  return pathsIn(said.slice(at))[0] ?? pathsIn(said.slice(0, at)).at(-1)
}

const PATH = /(["'`])(\/[^"'`\n\t]{1,300})\1|(?:^|[\s=(])(\/[A-Za-z0-9_.][^\s"'`:,;()]{1,300})/g

function pathsIn(text: string): string[] {
  return [...text.matchAll(PATH)]
    .map(([, , quoted, bare = '']) => quoted ?? bare.replace(/\.$/, ''))
    .filter((path) => /^\/[^/\p{Cc}][^\p{Cc}]*$/u.test(path))
}
