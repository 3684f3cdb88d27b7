import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import type { SecretName } from '../config/secrets.ts'
import { reservedNames } from '../handlers/commands/parse-command.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { type LoadedInventory, loadInventory } from '../inventory/load-inventory.ts'
import { suggest } from '../inventory/suggest.ts'
import { printProblem } from '../yaml/problem.ts'

export interface Options {
  readonly config?: string
  readonly inventory?: string
  readonly knownHosts?: string
}

export interface Refused {
  readonly ok: false
  readonly sentences: readonly string[]
}

/** The configuration, overridden by the command line. `secrets`: those that the command uses; by default all. */
export function readConfig(
  env: NodeJS.ProcessEnv,
  options: Options,
  secrets?: readonly SecretName[],
): { readonly ok: true; readonly config: Config } | Refused {
  const loaded = loadConfig({ file: options.config, env, secrets })
  if (!loaded.ok) return { ok: false, sentences: loaded.problems.map(printProblem) }
  const config: Config = {
    ...loaded.config,
    ...(options.inventory ? { inventory: options.inventory } : {}),
    ...(options.knownHosts ? { knownHosts: options.knownHosts } : {}),
  }
  return { ok: true, config }
}

/** For commands that need hosts and no runbooks. What is wrong with runbooks is told by the commands that read them. */
export function readHosts(
  env: NodeJS.ProcessEnv,
  options: Options,
  secrets: readonly SecretName[],
): { readonly ok: true; readonly config: Config; readonly inventory: Inventory } | Refused {
  const configured = readConfig(env, options, secrets)
  if (!configured.ok) return configured
  const read = readInventory(configured.config, [])
  return read.ok
    ? { ...configured, inventory: read.inventory }
    : { ok: false, sentences: read.problems.map(printProblem) }
}

/** `topics`: names that no host may have. */
export const readInventory = (config: Config, topics: readonly string[]): LoadedInventory =>
  loadInventory(config.inventory, {
    reserved: [...reservedNames, ...topics],
    defaultUser: config.ssh.user,
    defaultKeyFile: config.ssh.keyFile,
    defaultFix: config.fixes,
  })

/** " Did you mean 'db'?" or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = suggest(word.toLowerCase(), candidates)
  return near.length > 0 ? ` Did you mean ${near.map((n) => `'${n}'`).join(' or ')}?` : ''
}
