import { didYouMean } from '../../text/did-you-mean.ts'
import type { ProblemInFile } from '../../yaml/problem.ts'
import type { SourceFile } from './source-file.ts'

/**
 * Checks `explainedBy` over all files: every id exists somewhere, a notice explains nothing, and no finding explains
 * itself, however far round. (It would be a consequence without a cause.)
 */
export function problemsOfExplanations(sources: readonly SourceFile[]): ProblemInFile[] {
  const severity = new Map<string, string>()
  const explainers = new Map<string, readonly string[]>()
  for (const source of sources)
    for (const [id, finding] of Object.entries(source.content.findings)) {
      severity.set(id, finding.severity)
      explainers.set(id, finding.explainedBy)
    }
  const mistake = (id: string, cause: string): string | undefined => {
    if (!severity.has(cause)) {
      const near = didYouMean(cause, severity.keys())
      return `there is no finding \`${cause}\`${near ? `; did you mean \`${near}\`?` : ''}`
    }
    if (severity.get(cause) === 'info') return `\`${cause}\` is a notice (severity info) and explains nothing`
    const round = pathTo(cause, id, explainers)
    return round ? `findings explain each other in a circle: ${[id, ...round].join(' ← ')}` : undefined
  }
  return sources.flatMap((source) =>
    Object.entries(source.content.findings).flatMap(([id, finding]) =>
      finding.explainedBy.flatMap((cause, i) => {
        const message = mistake(id, cause)
        return message ? [source.problem(['findings', id, 'explainedBy', i], message)] : []
      }),
    ),
  )
}

/** A way from one name to another along `edges`, both ends included; undefined where there is none. */
export function pathTo(
  from: string,
  to: string,
  edges: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]])
  for (const [name] of cameFrom) {
    if (name === to) return unwind(name, cameFrom)
    for (const next of edges.get(name) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, name)
  }
  return undefined
}

function unwind(end: string, cameFrom: ReadonlyMap<string, string | undefined>): string[] {
  const way: string[] = []
  for (let name: string | undefined = end; name !== undefined; name = cameFrom.get(name)) way.unshift(name)
  return way
}
