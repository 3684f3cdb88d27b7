import type { LoginSettings } from '../inventory/host-connections.ts'
import type { FixRoutes } from '../inventory/load-inventory.ts'
import { connectForFix, type FixRoute } from '../ssh/fix-connect.ts'
import type { Connected } from '../ssh/outcome.ts'

/** How one logs in to mend a host. Only who asks for a fix and who applies it is given one; a diagnosis never is. */
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
