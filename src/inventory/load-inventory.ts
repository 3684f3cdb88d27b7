import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { FixRoute } from '../ssh/fix-connect.ts'
import type { ProblemInFile } from '../yaml/problem.ts'
import type { ReadDocument } from '../yaml/read-document.ts'
import { fileIdentity, fixRouteOf, sharedCredentials } from './fix-login.ts'
import { type HostNode, readTree, withoutRepeats } from './group-tree.ts'
import type { Host, Inventory } from './inventory.ts'
import { routeOf } from './jump-hosts.ts'
import { type Defaults, type HostEntry, type HostProblem, readHost } from './read-host.ts'
import { makeInherit, membersOf, wrongPriorities } from './variable-precedence.ts'
import { type InventoryBody, readInventoryDocument } from './yaml-shape.ts'

export interface InventoryOptions {
  /** Topics, their aliases and commands: no host or group may be called so. */
  readonly reserved: readonly string[]
  /** Where a host has no `ansible_user`: `ssh.user` of the configuration. */
  readonly defaultUser?: string | undefined
  /** Where a host has no `ansible_ssh_private_key_file`: `ssh.keyFile`, an absolute path. */
  readonly defaultKeyFile?: string | undefined
  /** Where a host has no `fix_user` and `fix_ssh_private_key_file`: those of `fixes` in the configuration. */
  readonly defaultFix?:
    | { readonly user: string | undefined; readonly keyFile: string | undefined }
    | undefined
  /** Tells files apart. By default by their names alone. */
  readonly identity?: (path: string) => string
}

/** By host, for those on which fixes are configured. */
export type FixRoutes = ReadonlyMap<string, FixRoute>

export type LoadedInventory =
  | {
      readonly ok: true
      readonly inventory: Inventory
      /** Beside the inventory and not in it: what a diagnosis is given must not lead to the key for fixes. */
      readonly fixRoutes: FixRoutes
    }
  | { readonly ok: false; readonly problems: readonly ProblemInFile[] }

/** Reads an Ansible inventory in YAML, from one file. Folders beside it (group_vars, host_vars) are not read. */
export function loadInventory(file: string, options: InventoryOptions): LoadedInventory {
  try {
    return readInventory(file, readFileSync(file, 'utf8'), { identity: fileIdentity, ...options })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message: unreadable(code) }] }
  }
}

function unreadable(code: string): string {
  if (code === 'ENOENT')
    return 'there is no inventory here; copy inventory.example.yml to this place, or name yours with `inventory:` in debvisor.yml or --inventory'
  if (code === 'EISDIR') return 'this is a folder; name the inventory file in it'
  return `the inventory cannot be read (${code}); let this user read it`
}

/** Reads an inventory from text. Lists every mistake of the file; with one there is no inventory. */
export function readInventory(file: string, text: string, options: InventoryOptions): LoadedInventory {
  const document = readInventoryDocument(file, text)
  if (!document.ok) return document
  const tree = readTree(document, options.reserved)
  if (tree.problems.length > 0) return { ok: false, problems: tree.problems }
  const problems: ProblemInFile[] = wrongPriorities(tree).map((path) =>
    document.problem(path, '`ansible_group_priority` is a whole number'),
  )
  const inherit = makeInherit(tree)
  const defaults = defaultsFor(file, options)
  const singles = new Map<string, HostEntry>()
  const report = (node: HostNode, found: readonly HostProblem[]): void => {
    problems.push(...found.map((problem) => placed(document, node, problem)))
  }
  for (const node of tree.hosts.values()) {
    const single = readHost(node, inherit(node), defaults)
    singles.set(node.name, single.host)
    report(node, single.problems)
  }
  for (const { host, problem } of sharedCredentials(
    [...singles.values()],
    options.identity ?? ((path) => path),
  )) {
    const node = tree.hosts.get(host.name)
    if (node) report(node, [problem])
  }
  const hosts = new Map<string, Host>()
  const fixRoutes = new Map<string, FixRoute>()
  for (const node of tree.hosts.values()) {
    const single = singles.get(node.name)
    if (!single) continue
    const route = routeOf(single, singles)
    if ('message' in route) {
      report(node, [route])
      continue
    }
    hosts.set(node.name, toHost(single, route))
    const fixRoute = fixRouteOf(single, route)
    if (fixRoute) fixRoutes.set(node.name, fixRoute)
  }
  if (problems.length > 0) return { ok: false, problems: withoutRepeats(problems) }
  return { ok: true, inventory: { hosts, groups: membersOf(hosts.values(), tree) }, fixRoutes }
}

const toHost = ({ name, groups, production, variables }: HostEntry, route: Host['route']): Host => ({
  name,
  groups,
  production,
  route,
  variables,
})

function defaultsFor(file: string, { defaultUser, defaultKeyFile, defaultFix }: InventoryOptions): Defaults {
  const folder = dirname(resolve(file))
  return {
    user: defaultUser,
    keyFile: defaultKeyFile,
    fixUser: defaultFix?.user,
    fixKeyFile: defaultFix?.keyFile,
    resolve: (path) => (path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(folder, path)),
  }
}

const placed = (
  document: ReadDocument<InventoryBody>,
  node: HostNode,
  { at, message }: HostProblem,
): ProblemInFile => document.problem(at?.path ?? node.path, message)
