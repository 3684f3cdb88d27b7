import { fileURLToPath } from 'node:url'

/** Images: kept between runs, may be deleted at any time. */
export const cacheDir = process.env.DEBVISOR_LAB_CACHE ?? '/var/cache/debvisor-lab'

/** Disks, keys, inventory and what is running: `down --all` reads it. */
export const stateDir = process.env.DEBVISOR_LAB_STATE ?? '/var/lib/debvisor-lab'

export const labDir = fileURLToPath(new URL('.', import.meta.url))
export const repoDir = fileURLToPath(new URL('../..', import.meta.url))

export const keyFile = `${stateDir}/bot_ed25519`
export const knownHostsFile = `${stateDir}/known_hosts`
export const inventoryFile = `${stateDir}/inventory.yml`
