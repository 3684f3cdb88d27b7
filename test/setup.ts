import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clusterOf } from './fakes/clusters.ts'
import {
  doWithoutPostgres,
  postgresFolder,
  postgresVersion,
  unpackPostgres,
} from './fakes/postgres/binaries.ts'
import { startSharedServer } from './fakes/postgres/shared-server.ts'

/** Once, before the tests begin; what it answers with ends what it began. */
export async function setup(): Promise<() => Promise<void>> {
  const takeAway = unpackPostgres()
  makeClusters()
  const stop = await startSharedServer().catch((error: Error) => doWithoutPostgres(error.message))
  return async () => {
    await stop?.()
    takeAway()
  }
}

/** Those that are missing, in a process whose memory goes with it. */
function makeClusters(): void {
  const bin = postgresFolder()
  const kinds = ['embedded', ...(bin ? [postgresVersion(bin)] : [])]
  if (kinds.every((kind) => existsSync(clusterOf(kind)))) return
  const program = fileURLToPath(new URL('./fakes/make-clusters.ts', import.meta.url))
  const made = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' })
  if (made.status !== 0) process.stderr.write(`Each store is made anew, which takes longer: ${made.stderr}\n`)
}
