/**
 * A mistake in a file that a person wrote: printed as `file:line:column path: message`. One sentence, with the remedy.
 */
export interface ProblemInFile {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Path inside the document, such as `probes.disk.timeout`. */
  readonly path: string
  readonly message: string
}

export const printProblem = (p: ProblemInFile): string =>
  `${p.file}:${p.line}:${p.column} ${p.path ? `${p.path}: ` : ''}${p.message}`
