import type { LoginSettings } from '../inventory/host-connections.ts'
import type { FixRoutes } from '../inventory/load-inventory.ts'
import { connectForFix, type FixRoute } from '../ssh/fix-connect.ts'
import type { Connected } from '../ssh/outcome.ts'

/**
 * How to log in to a host to mend it. Only the code that asks for a fix and the code that applies it are given this; a
 * diagnosis never is.
 */
export interface FixHosts {
  /** By host; one that is not in it has no login for fixes. */
  readonly routes: FixRoutes
  connect(route: FixRoute, signal?: AbortSignal): Promise<Connected>
}

export interface FixLoginSettings extends LoginSettings {
  readonly fixPassphrase: string | undefined
}

export const makeFixHosts = (routes: FixRoutes, settings: FixLoginSettings): FixHosts => ({
  routes,
  connect: (route, signal) => connectForFix(route, { ...settings, signal }),
})
