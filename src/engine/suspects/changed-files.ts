import { type Difference, targetOfLink } from '../../findings/difference.ts'

/** Some lines of a file, read once: many differences are looked up in them. */
export interface ChangedLine {
  readonly difference: Difference
  readonly path: string
  /** What its lines begin with, which is what they set. */
  readonly keys: ReadonlySet<string>
  readonly text: string
}

/** The lines and the links among differences, as other differences are looked up in them. */
export interface ChangedFiles {
  readonly lines: readonly ChangedLine[]
  /** Files and folders, without links. */
  readonly files: readonly Difference[]
  /** By what they lead to, or led to. */
  readonly links: ReadonlyMap<string, readonly Difference[]>
}

export function changedFiles(differences: readonly Difference[]): ChangedFiles {
  const files = differences.filter(({ area }) => area === 'file')
  const links = new Map<string, Difference[]>()
  for (const link of files)
    for (const target of targetsOf(link)) links.set(target, [...(links.get(target) ?? []), link])
  return {
    lines: differences.filter(({ area }) => area === 'line').map(changedLine),
    files: files.filter((file) => targetsOf(file).length === 0),
    links,
  }
}

/** A line's object is `PATH:NUMBER`. */
export const pathOf = ({ area, object }: Difference): string =>
  area === 'line' ? object.replace(/:\d+$/, '') : object

/** Where a link leads, and where it led; none: it is no link. */
export const targetsOf = ({ object, was, now }: Difference): string[] =>
  [was, now].flatMap((value) => targetOfLink(object, value) ?? [])

export type Side = 'new' | 'gone' | 'changed'

export const sideOf = ({ was, now }: Pick<Difference, 'was' | 'now'>): Side =>
  was === '' ? 'new' : now === '' ? 'gone' : 'changed'

/** Both are new, or both are gone. */
export const cameOrWentWith = (one: Difference, other: Difference): boolean =>
  sideOf(one) !== 'changed' && sideOf(one) === sideOf(other)

function changedLine(difference: Difference): ChangedLine {
  const lines = `${difference.was}\n${difference.now}`.split('\n')
  return {
    difference,
    path: pathOf(difference),
    keys: new Set(lines.map((line) => keyOf(/^\s*-?([\w./@-]+)/.exec(line)?.[1] ?? ''))),
    text: ` ${lines.map(plain).join(' \n ')} `,
  }
}

/** sysctl(8) takes both. */
const keyOf = (name: string): string => name.toLowerCase().replaceAll('/', '.')

/** nft(8) counts in a rule, and a snapshot leaves that out. */
const plain = (text: string): string =>
  text
    .replace(/\bcounter\b/, ' ')
    .replace(/\s+/g, ' ')
    .trim()

export const sets = ({ keys }: ChangedLine, key: string): boolean => keys.has(keyOf(key))

/** It has these words in their order. */
export const says = ({ text }: ChangedLine, words: string): boolean => text.includes(` ${plain(words)} `)

/** Of a long hunk a difference has the first lines alone (compare.ts). */
const isCut = ({ text }: ChangedLine): boolean => /… and \d+ more lines/.test(text)

/** The lines for which `tells` holds; else the only ones of which not all is known. */
export const lineThat = (
  lines: readonly ChangedLine[],
  tells: (line: ChangedLine) => boolean,
): Difference | undefined => (lines.find(tells) ?? onlyOne(lines.filter(isCut)))?.difference

export const onlyOne = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined)
