import type { Path } from '../yaml/path.ts'
import type { ProblemInFile } from '../yaml/problem.ts'
import type { ReadDocument } from '../yaml/read-document.ts'
import { expandRanges } from './host-ranges.ts'
import { nameProblem } from './names.ts'
import type { GroupBody, InventoryBody } from './yaml-shape.ts'

/** A variable and where it was written. */
export interface Variable {
  readonly value: unknown
  readonly path: Path
}
export type Variables = Map<string, Variable>

interface Node {
  readonly name: string
  /** Where it was first named. */
  readonly path: Path
  readonly variables: Variables
}
export interface GroupNode extends Node {
  readonly parents: Set<GroupNode>
  readonly hosts: Set<HostNode>
}
export interface HostNode extends Node {
  readonly groups: Set<GroupNode>
}

export interface Tree {
  readonly groups: ReadonlyMap<string, GroupNode>
  readonly hosts: ReadonlyMap<string, HostNode>
  readonly problems: readonly ProblemInFile[]
}

const MOST_HOSTS = 10_000

/**
 * Groups and hosts as one graph. A group or host that stands in several places is one: its variables are merged in the
 * order in which Ansible reads them (a group's vars, its children, its hosts; from top to bottom), the last one wins.
 */
export function readTree(document: ReadDocument<InventoryBody>, reserved: readonly string[]): Tree {
  const groups = new Map<string, GroupNode>()
  const hosts = new Map<string, HostNode>()
  const problems: ProblemInFile[] = []

  const checked = (name: string, kind: 'host' | 'group', path: Path): void => {
    const message = nameProblem(name, kind, reserved)
    if (message) problems.push(document.problem(path, message))
  }
  const groupNamed = (name: string, path: Path): GroupNode => {
    const known = groups.get(name)
    if (known) return known
    checked(name, 'group', path)
    const node = {
      name,
      path,
      variables: new Map(),
      parents: new Set<GroupNode>(),
      hosts: new Set<HostNode>(),
    }
    groups.set(name, node)
    return node
  }
  const hostNamed = (name: string, path: Path): HostNode => {
    const known = hosts.get(name)
    if (known) return known
    checked(name, 'host', path)
    const node = { name, path, variables: new Map(), groups: new Set<GroupNode>() }
    hosts.set(name, node)
    return node
  }
  const readVariables = (node: Node, values: Record<string, unknown>, path: Path): void => {
    for (const [name, value] of Object.entries(values)) {
      node.variables.set(name, { value, path: [...path, name] })
      problems.push(...templatesIn(value, [...path, name]).map((at) => document.problem(at, TEMPLATE)))
    }
  }
  const readHosts = (group: GroupNode, body: NonNullable<GroupBody['hosts']>, path: Path): void => {
    for (const [pattern, values] of Object.entries(body)) {
      const at = [...path, pattern]
      const expanded = expandRanges(pattern)
      if (!expanded.ok) problems.push(document.problem(at, expanded.message))
      else if (hosts.size + expanded.names.length > MOST_HOSTS)
        problems.push(document.problem(at, `an inventory holds at most ${MOST_HOSTS} hosts`))
      else
        for (const name of expanded.names) {
          const host = hostNamed(name, at)
          host.groups.add(group)
          group.hosts.add(host)
          readVariables(host, values ?? {}, at)
        }
    }
  }
  const readGroup = (
    name: string,
    body: GroupBody | null,
    path: Path,
    parent: GroupNode | undefined,
  ): void => {
    const group = groupNamed(name, path)
    if (parent && (name === 'all' || withAncestors(parent).has(group))) {
      problems.push(document.problem(path, insideItself(name, parent.name)))
      return
    }
    if (parent) group.parents.add(parent)
    readVariables(group, body?.vars ?? {}, [...path, 'vars'])
    for (const [child, inner] of Object.entries(body?.children ?? {}))
      readGroup(child, inner, [...path, 'children', child], group)
    readHosts(group, body?.hosts ?? {}, [...path, 'hosts'])
  }

  for (const [name, body] of Object.entries(document.value)) readGroup(name, body, [name], undefined)
  // A group without a parent is a child of all: also where the file does not name `all`.
  const all = groupNamed('all', [])
  for (const group of groups.values()) if (group !== all && group.parents.size === 0) group.parents.add(all)
  return { groups, hosts, problems: withoutRepeats(problems) }
}

const insideItself = (name: string, parent: string): string =>
  `group \`${name}\` would be inside itself; take it out of the children of \`${parent}\``

/** A group and all groups that it is in. */
export function withAncestors(group: GroupNode, into = new Set<GroupNode>()): Set<GroupNode> {
  if (into.has(group)) return into
  into.add(group)
  for (const parent of group.parents) withAncestors(parent, into)
  return into
}

const TEMPLATE =
  'Jinja templates are not evaluated here; write the value itself, or export the inventory with Ansible: `ansible-inventory --list --yaml --export`'

/** Where in a value Ansible would evaluate something. */
function templatesIn(value: unknown, path: Path): Path[] {
  if (typeof value === 'string') return /\{\{|\{%/.test(value) ? [path] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    templatesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

/** A range or a group names the same place for each of its hosts. */
export const withoutRepeats = (problems: readonly ProblemInFile[]): ProblemInFile[] => [
  ...new Map(problems.map((p) => [`${p.line}:${p.column} ${p.path} ${p.message}`, p])).values(),
]
