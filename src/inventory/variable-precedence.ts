import type { Path } from '../yaml/path.ts'
import { type GroupNode, type HostNode, type Tree, type Variables, withAncestors } from './group-tree.ts'

const PRIORITY = 'ansible_group_priority'
/** Groups that every host is in, and that nobody means. */
const IMPLICIT = new Set(['all', 'ungrouped'])

/**
 * Ansible's rule: of two groups the deeper one wins, then the one of higher priority, then the later one in the
 * alphabet.
 */
interface Ranked {
  readonly group: GroupNode
  readonly depth: number
  readonly priority: number
}

export interface Inherited {
  readonly variables: Variables
  /** All groups that hold the host, the one whose variables win first; without `all` and `ungrouped`. */
  readonly groups: readonly string[]
}

/**
 * Folds variables: `all`, then groups from parents to children, then the host's own (Ansible, "How variables are
 * merged").
 */
export function makeInherit(tree: Tree): (host: HostNode) => Inherited {
  const depths = new Map<GroupNode, number>()
  const depthOf = (group: GroupNode): number => {
    const known = depths.get(group)
    if (known !== undefined) return known
    const depth = Math.max(-1, ...[...group.parents].map(depthOf)) + 1
    depths.set(group, depth)
    return depth
  }
  const rank = (group: GroupNode): Ranked => ({ group, depth: depthOf(group), priority: priorityOf(group) })
  const all = tree.groups.get('all')
  return (host) => {
    const holding = new Set(all ? [all] : [])
    for (const group of host.groups) withAncestors(group, holding)
    const weakestFirst = [...holding]
      .map(rank)
      .sort(byStrength)
      .map((ranked) => ranked.group)
    const variables: Variables = new Map()
    for (const node of [...weakestFirst, host])
      for (const [name, variable] of node.variables) variables.set(name, variable)
    variables.delete(PRIORITY)
    const groups = weakestFirst.reverse().map((group) => group.name)
    return { variables, groups: groups.filter((name) => !IMPLICIT.has(name)) }
  }
}

const byStrength = (a: Ranked, b: Ranked): number =>
  a.depth - b.depth || a.priority - b.priority || (a.group.name < b.group.name ? -1 : 1)

/** 1 where none is given; checked by `wrongPriorities`. */
const priorityOf = (group: GroupNode): number => Number(group.variables.get(PRIORITY)?.value ?? 1)

/** Groups whose priority is no number, as the paths of it. */
export const wrongPriorities = (tree: Tree): Path[] =>
  [...tree.groups.values()].flatMap((group) => {
    const variable = group.variables.get(PRIORITY)
    return variable && !Number.isInteger(variable.value) ? [variable.path] : []
  })

/** Names of the hosts of each group, its children's included; without `all` and `ungrouped`. */
export function membersOf(
  hosts: Iterable<{ readonly name: string; readonly groups: readonly string[] }>,
  tree: Tree,
) {
  const members = new Map<string, string[]>()
  for (const name of tree.groups.keys()) if (!IMPLICIT.has(name)) members.set(name, [])
  for (const host of hosts) for (const group of host.groups) members.get(group)?.push(host.name)
  return members
}
