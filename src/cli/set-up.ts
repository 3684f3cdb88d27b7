import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadPolicy } from '../access/load-policy.ts'
import type { Policy } from '../access/policy.ts'
import type { Config } from '../config/config.ts'
import { loadRunbooks, type Runbooks } from '../engine/load-runbooks.ts'
import { resolveParameters } from '../engine/runbook/parameters.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { FixRoutes, LoadedInventory } from '../inventory/load-inventory.ts'
import { type LearningRedactor, makeRedactor } from '../redact/redact.ts'
import { MOST_LOOKS, placesOf } from '../watches/schedule.ts'
import { printProblem } from '../yaml/problem.ts'
import { didYouMean, type Options, type Refused, readConfig, readInventory } from './read-hosts.ts'

export interface SetUp {
  readonly ok: true
  readonly config: Config
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly fixRoutes: FixRoutes
  readonly redactor: LearningRedactor
  readonly policy: Policy | undefined
}

export type ReadSetUp = SetUp | Refused

export interface SetUpNeeds {
  /** Further folders of runbooks. */
  readonly folders?: readonly string[]
  /** In place of the runbooks that ship with the bot, for tests that are not about those. */
  readonly shipped?: string
  /** If nobody names an inventory and there is none, the command goes on without hosts. */
  readonly inventoryOptional?: boolean
  /**
   * Whether to look for conditions that leave a fine host inconclusive. They concern authors of runbooks, and keep no
   * bot from starting.
   */
  readonly guards?: boolean
}

/** The runbooks that ship with the bot: beside this file in src/ and in dist/. */
export const shippedRunbooks = fileURLToPath(new URL('../runbooks', import.meta.url))

/**
 * Reads and checks everything that a person wrote: configuration, runbooks, inventory, and whether each host's
 * variables fit each runbook. All problems are listed at once; with one, nothing starts.
 */
export function setUp(env: NodeJS.ProcessEnv, options: Options, more: SetUpNeeds = {}): ReadSetUp {
  const { folders = [], shipped = shippedRunbooks, inventoryOptional = false, guards = false } = more
  const configured = readConfig(env, options)
  if (!configured.ok) return configured
  const { config } = configured
  const read = loadRunbooks([shipped, ...config.runbooks, ...folders], { guards })
  const inventory =
    inventoryOptional && nobodyNamesHosts(config, options)
      ? noHosts
      : readInventory(config, read.ok ? read.runbooks.names() : [])
  const policy = readAccess(
    config,
    read.ok ? read.runbooks : undefined,
    inventory.ok ? inventory.inventory : undefined,
  )
  const problems = [read, inventory, policy].flatMap((part) =>
    part.ok ? [] : part.problems.map(printProblem),
  )
  const sentences = [
    ...problems,
    ...(read.ok && inventory.ok ? badVariables(config, read.runbooks, inventory.inventory) : []),
    ...(inventory.ok ? strangeGroups(config, inventory.inventory) : []),
    ...(read.ok ? strangeTopics(config, read.runbooks) : []),
    ...(read.ok && inventory.ok ? strangeSchedules(config, read.runbooks, inventory.inventory) : []),
  ]
  if (!read.ok || !inventory.ok || !policy.ok || sentences.length > 0) return { ok: false, sentences }
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

const noHosts: LoadedInventory = {
  ok: true,
  inventory: { hosts: new Map(), groups: new Map() },
  fixRoutes: new Map(),
}

const nobodyNamesHosts = (config: Config, options: Options): boolean =>
  !config.isInventoryNamed && options.inventory === undefined && !existsSync(config.inventory)

/** A file that cannot be read leaves the policy's names unchecked. */
function readAccess(
  { access, alerts, schedules }: Config,
  runbooks: Runbooks | undefined,
  inventory: Inventory | undefined,
) {
  if (access === undefined) return { ok: true, policy: undefined } as const
  return loadPolicy(access, {
    alerts: alerts.map(({ name }) => name),
    schedules: schedules.map(({ name }) => name),
    ...(runbooks ? { topics: [...runbooks.topics.keys()] } : {}),
    ...(inventory ? { hosts: [...inventory.hosts.keys()], hostGroups: inventory.groups } : {}),
  })
}

/** A time limit for a group that does not exist would never apply. */
function strangeGroups({ file, escalation, alerts }: Config, { groups }: Inventory): string[] {
  const named = [
    ...escalation.acknowledgeWithin.map(
      ({ hostGroups }, at) => [`escalation.acknowledgeWithin[${at}]`, hostGroups] as const,
    ),
    ...alerts.map(({ name, hostGroups }) => [`alerts.${name}`, hostGroups] as const),
  ]
  return named.flatMap(([place, hostGroups = []]) =>
    hostGroups
      .filter((group) => !groups.has(group))
      .map((group) => {
        const hint = didYouMean(group, [...groups.keys()]) || ' Add it there, or take it out.'
        return `${file ?? 'debvisor.yml'}: ${place}.hostGroups: the inventory has no group ${group}.${hint}`
      }),
  )
}

/** An alert that is given to a topic that is none would never be looked into. */
function strangeTopics({ file, alerts }: Config, { topics: known }: Runbooks): string[] {
  return alerts.flatMap(({ name, topics }) =>
    Object.entries(topics)
      .filter(([, topic]) => !known.has(topic))
      .map(([alert, topic]) => {
        const hint = didYouMean(topic, [...known.keys()]) || ` There are ${[...known.keys()].join(', ')}.`
        return `${file ?? 'debvisor.yml'}: alerts.${name}.topics: there is no topic ${topic} for ${alert}.${hint}`
      }),
  )
}

/** A schedule that names nothing would never look, and one that names too much would keep the alerts waiting. */
function strangeSchedules(
  { file, schedules }: Config,
  { topics: runbooks }: Runbooks,
  inventory: Inventory,
): string[] {
  const topics = [...runbooks.keys()]
  return schedules.flatMap((schedule) => {
    const { name, topic, host, hostGroup } = schedule
    const unknown = (key: string, what: string, word: string | null, known: readonly string[]) =>
      word === null || known.includes(word)
        ? []
        : [`${key}: ${what} ${word}.${didYouMean(word, known) || ' Add it there, or take it out.'}`]
    const strange = [
      ...unknown('topic', 'there is no topic', topic, topics),
      ...unknown('host', 'the inventory has no host', host, [...inventory.hosts.keys()]),
      ...unknown('hostGroup', 'the inventory has no group', hostGroup, [...inventory.groups.keys()]),
    ]
    const count = placesOf(schedule, inventory, topics).length
    const tooMany =
      count > MOST_LOOKS
        ? [
            `it would take ${count} looks at once, and may take ${MOST_LOOKS}; name a topic, or a smaller group.`,
          ]
        : []
    return [...strange, ...tooMany].map((said) =>
      `${file ?? 'debvisor.yml'}: schedules.${name}.${said}`.replace('.it would', ': it would'),
    )
  })
}

function badVariables(config: Config, runbooks: Runbooks, inventory: Inventory): string[] {
  const all = [...inventory.hosts.values()].flatMap((host) =>
    [...runbooks.topics.values()].flatMap((runbook) => {
      const resolved = resolveParameters(runbook, host.variables)
      return resolved.ok ? [] : resolved.problems.map((problem) => `host ${host.name}: ${problem}`)
    }),
  )
  return [...new Set(all)].map((sentence) => `${config.inventory}: ${sentence}`)
}
