import type { Environment } from '@marcbachmann/cel-js'
import type { Path } from '../yaml/document.ts'
import type { Expression } from './expression.ts'
import type { Probe } from './runbook.ts'
import type { FixFile, ParameterFile } from './schema.ts'

/** Notes a problem of the file that is being compiled, at a path in it. */
export type Report = (path: Path, message: string) => void

/** What a probe's or finding's expressions may use. */
export interface Scope {
  readonly env: Environment
  /** For "did you mean". */
  readonly names: ReadonlySet<string>
  readonly probes: ReadonlyMap<string, Probe>
  readonly parameters: ReadonlyMap<string, ParameterFile>
  readonly fixes: ReadonlyMap<string, FixFile>
  probesOf(expression: Expression): readonly string[]
}
