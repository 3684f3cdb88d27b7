import type { Route } from '../ssh/outcome.ts'

/**
 * A host of the inventory, its groups' variables folded in. Every host name, address and parameter of a run comes from
 * here.
 */
export interface Host {
  readonly name: string
  /** All groups that hold it, nearest first; without `all` and `ungrouped`. */
  readonly groups: readonly string[]
  /** `production: true` on the host or a group of it. */
  readonly production: boolean
  readonly route: Route
  /** Every other variable: parameters of runbooks (checked against their types by engine/runbook/parameters.ts). */
  readonly variables: Readonly<Record<string, unknown>>
}

export interface Inventory {
  readonly hosts: ReadonlyMap<string, Host>
  readonly groups: ReadonlyMap<string, readonly string[]>
}
