import { fileURLToPath } from 'node:url'
import { loadPolicy } from '../access/load.ts'
import type { Policy } from '../access/policy.ts'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { loadRunbooks, type Runbooks } from '../engine/load.ts'
import { resolveParameters } from '../engine/parameters.ts'
import { commandNames } from '../handlers/command.ts'
import { type FixRoutes, loadInventory } from '../inventory/ansible.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { suggest } from '../inventory/suggest.ts'
import { makeRedactor, type Redactor } from '../redact/redact.ts'
import { printProblem } from '../yaml/problem.ts'

export interface Options {
  readonly config?: string
  readonly inventory?: string
  readonly knownHosts?: string
}

export interface SetUp {
  readonly ok: true
  readonly config: Config
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly fixRoutes: FixRoutes
  readonly redactor: Redactor
  readonly policy: Policy | undefined
}

export type ReadSetUp = SetUp | { readonly ok: false; readonly sentences: readonly string[] }

/** The runbooks that ship with the bot: beside this file in src/ and in dist/. */
export const shippedRunbooks = fileURLToPath(new URL('../runbooks', import.meta.url))

/**
 * Reads and checks everything that a person wrote: configuration, runbooks, inventory, and whether each host's variables fit each runbook.
 * All problems are listed at once; with one, nothing starts.
 */
export function setUp(env: NodeJS.ProcessEnv, options: Options, folders: readonly string[] = []): ReadSetUp {
  const loaded = loadConfig({ file: options.config, env })
  if (!loaded.ok) return { ok: false, sentences: loaded.problems.map(printProblem) }
  const config: Config = {
    ...loaded.config,
    ...(options.inventory ? { inventory: options.inventory } : {}),
    ...(options.knownHosts ? { knownHosts: options.knownHosts } : {}),
  }
  const read = loadRunbooks([shippedRunbooks, ...config.runbooks, ...folders])
  const inventory = loadInventory(config.inventory, {
    reserved: [...commandNames, ...(read.ok ? read.runbooks.names() : [])],
    defaultUser: config.ssh.user,
    defaultKeyFile: config.ssh.keyFile,
    defaultFix: config.fixes,
  })
  const problems = [...(read.ok ? [] : read.problems), ...(inventory.ok ? [] : inventory.problems)]
  if (!read.ok || !inventory.ok) return { ok: false, sentences: problems.map(printProblem) }
  const unfit = badVariables(read.runbooks, inventory.inventory)
  if (unfit.length > 0) return { ok: false, sentences: unfit.map((s) => `${config.inventory}: ${s}`) }
  const strange = strangeGroups(config, inventory.inventory)
  if (strange.length > 0) return { ok: false, sentences: strange }
  const policy = readAccess(config, read.runbooks, inventory.inventory)
  if (!policy.ok) return { ok: false, sentences: policy.problems.map(printProblem) }
  return {
    ok: true,
    config,
    policy: policy.policy,
    runbooks: read.runbooks,
    inventory: inventory.inventory,
    fixRoutes: inventory.fixRoutes,
    redactor: makeRedactor({ secrets: config.secrets }),
  }
}

function readAccess({ access }: Config, runbooks: Runbooks, { hosts, groups }: Inventory) {
  if (access === undefined) return { ok: true, policy: undefined } as const
  return loadPolicy(access, {
    topics: [...runbooks.topics.keys()],
    hosts: [...hosts.keys()],
    hostGroups: groups,
  })
}

/** A time limit for hosts that are not there would never hold. */
function strangeGroups({ file, escalation }: Config, { groups }: Inventory): string[] {
  return escalation.acknowledgeWithin.flatMap(({ hostGroups = [] }, at) =>
    hostGroups
      .filter((group) => !groups.has(group))
      .map((group) => {
        const hint = didYouMean(group, [...groups.keys()]) || ' Add it there, or take it out.'
        return `${file ?? 'debvisor.yml'}: escalation.acknowledgeWithin[${at}].hostGroups: the inventory has no group ${group}.${hint}`
      }),
  )
}

function badVariables(runbooks: Runbooks, inventory: Inventory): string[] {
  const all = [...inventory.hosts.values()].flatMap((host) =>
    [...runbooks.topics.values()].flatMap((runbook) => {
      const resolved = resolveParameters(runbook, host.variables)
      return resolved.ok ? [] : resolved.problems.map((problem) => `host ${host.name}: ${problem}`)
    }),
  )
  return [...new Set(all)]
}

/** " Did you mean 'db'?" or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = suggest(word.toLowerCase(), candidates)
  return near.length > 0 ? ` Did you mean ${near.map((n) => `'${n}'`).join(' or ')}?` : ''
}
