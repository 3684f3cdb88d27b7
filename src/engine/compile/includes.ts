import { didYouMean } from '../../text/did-you-mean.ts'
import type { ProblemInFile } from '../../yaml/problem.ts'
import type { SourceFile } from './source-file.ts'

/** A file with all that it includes, included files first, each once. */
export interface FileWithIncludes {
  readonly root: SourceFile
  readonly members: readonly Member[]
}

export interface Member {
  readonly source: SourceFile
  /** 0: the file itself; 1: what it includes; the shortest way counts. */
  readonly distance: number
}

/**
 * Collects what a file includes. An inclusion that names nothing, or comes back to itself, is a problem and is left
 * out.
 */
export function withIncludes(
  root: SourceFile,
  parts: ReadonlyMap<string, SourceFile>,
  problems: ProblemInFile[],
): FileWithIncludes {
  const order: SourceFile[] = []
  const distances = new Map<SourceFile, number>()
  const enter = (source: SourceFile, way: readonly SourceFile[]): void => {
    distances.set(source, Math.min(distances.get(source) ?? way.length, way.length))
    for (const [i, name] of source.content.include.entries()) {
      const part = parts.get(name)
      if (!part) problems.push(source.problem(['include', i], noSuchPart(name, parts)))
      else if (part === source || way.includes(part))
        problems.push(source.problem(['include', i], cycle(part, source, way)))
      else enter(part, [...way, source])
    }
    if (!order.includes(source)) order.push(source)
  }
  enter(root, [])
  return { root, members: order.map((source) => ({ source, distance: distances.get(source) ?? 0 })) }
}

function noSuchPart(name: string, parts: ReadonlyMap<string, SourceFile>): string {
  const near = didYouMean(name, parts.keys())
  return `there is no part \`${name}\`${near ? `; did you mean \`${near}\`?` : ''}`
}

const cycle = (part: SourceFile, source: SourceFile, way: readonly SourceFile[]): string => {
  const round = [...way.slice(way.indexOf(part)), source, part].map((file) => file.name)
  return part === source
    ? `\`${part.name}\` includes itself`
    : `parts include each other in a circle: ${round.join(' → ')}`
}
