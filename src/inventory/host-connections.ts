import { connect } from '../ssh/connect.ts'
import type { Connected, Route } from '../ssh/outcome.ts'
import type { Inventory } from './inventory.ts'

/**
 * The hosts, and how to log in to diagnose them. Nothing here can change a host: fixes/fix-connections.ts is for that.
 */
export interface Hosts {
  readonly inventory: Inventory
  connect(route: Route, signal?: AbortSignal): Promise<Connected>
}

export interface LoginSettings {
  readonly knownHostsFile: string
  /** Of the key files that are encrypted. */
  readonly passphrase: string | undefined
}

export const makeHosts = (inventory: Inventory, { knownHostsFile, passphrase }: LoginSettings): Hosts => ({
  inventory,
  connect: (route, signal) => connect(route, { knownHostsFile, passphrase, signal }),
})
