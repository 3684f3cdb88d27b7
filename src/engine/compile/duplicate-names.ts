import type { Path } from '../../yaml/path.ts'
import type { ProblemInFile } from '../../yaml/problem.ts'
import type { FileWithIncludes } from './includes.ts'
import type { SourceFile } from './source-file.ts'

/** Finds names that stand twice, in all files or in those that belong together. Every problem names the other place. */

interface Named {
  readonly source: SourceFile
  readonly path: Path
  readonly name: string
}

export function duplicatesInAll(sources: readonly SourceFile[]): ProblemInFile[] {
  const commands = sources.flatMap((source): Named[] => {
    if (!('topic' in source.content)) return []
    const aliases = source.content.aliases.map((name, i) => ({ source, path: ['aliases', i], name }))
    return [{ source, path: ['topic'], name: source.name }, ...aliases]
  })
  const alerts = sources.flatMap((source): Named[] =>
    'topic' in source.content
      ? (source.content.alerts ?? []).map((name, i) => ({ source, path: ['alerts', i], name }))
      : [],
  )
  const parts = sources.flatMap((source) =>
    source.kind === 'part' ? [{ source, path: ['part'], name: source.name }] : [],
  )
  return [
    ...clashes('topic or alias', commands),
    ...clashes('alert', alerts, 'remove one'),
    ...clashes('part', parts),
    ...clashes('finding', keysOf(sources, 'findings')),
    ...clashes('fix', keysOf(sources, 'fixes')),
  ]
}

export function duplicatesWithin(whole: FileWithIncludes): ProblemInFile[] {
  const sources = whole.members.map((member) => member.source)
  return [
    ...clashes('probe', keysOf(sources, 'probes')),
    ...clashes('fact', keysOf(sources, 'facts')),
    ...clashes('parameter', keysOf(sources, 'parameters')),
  ]
}

const keysOf = (
  sources: readonly SourceFile[],
  section: 'probes' | 'facts' | 'parameters' | 'findings' | 'fixes',
): Named[] =>
  sources.flatMap((source) =>
    Object.keys(source.content[section]).map((name) => ({ source, path: [section, name], name })),
  )

function clashes(what: string, all: readonly Named[], remedy = 'rename one'): ProblemInFile[] {
  const first = new Map<string, Named>()
  return all.flatMap((named) => {
    const other = first.get(named.name)
    if (!other) {
      first.set(named.name, named)
      return []
    }
    return [
      named.source.problem(
        named.path,
        `the ${what} \`${named.name}\` is there already, at ${other.source.where(other.path)}; ${remedy}`,
      ),
    ]
  })
}
