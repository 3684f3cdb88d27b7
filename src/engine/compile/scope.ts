import type { Path } from '../../yaml/path.ts'
import type { Language } from '../language/language.ts'
import type { Fact, Probe } from '../runbook/runbook.ts'
import type { FixFile, ParameterFile } from '../runbook/schema.ts'

/** Notes a problem of the file that is being compiled, at a path in it. */
export type Report = (path: Path, message: string) => void

/** What a probe's or finding's expressions may use: what its file has and includes. */
export interface Scope {
  readonly language: Language
  readonly probes: ReadonlyMap<string, Probe>
  readonly facts: ReadonlyMap<string, Fact>
  readonly parameters: ReadonlyMap<string, ParameterFile>
  readonly fixes: ReadonlyMap<string, FixFile>
  /** What is wrong and reported, as `fixes.restart`. */
  readonly broken: ReadonlySet<string>
}
