import { loadConfig } from '../config/load-config.ts'
import { makeRedactor } from '../redact/redact.ts'
import { printProblem } from '../yaml/problem.ts'
import { refuse } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'

/** Redacts a text. It knows the secrets of the configuration, and needs neither runbooks nor inventory. */
export async function redactCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  options: { readonly config?: string },
): Promise<number> {
  const loaded = loadConfig({ file: options.config, env })
  if (!loaded.ok) return refuse(term, loaded.problems.map(printProblem))
  const { secrets } = loaded.config
  const text = makeRedactor({ secrets }).output(await term.input())
  if (text !== '') term.out(text.replace(/\n$/, ''))
  return exitCodes.healthy
}
