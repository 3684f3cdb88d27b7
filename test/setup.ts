import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { clusterOf } from './fakes/clusters.ts'
import { postgresFolder, postgresVersion } from './fakes/postgres.ts'

/** Once, before the tests begin: the clusters that are missing, in a process whose memory goes with it. */
export function setup(): void {
  const bin = postgresFolder()
  const kinds = ['embedded', ...(bin ? [postgresVersion(bin)] : [])]
  if (kinds.every((kind) => existsSync(clusterOf(kind)))) return
  const program = fileURLToPath(new URL('./fakes/make-clusters.ts', import.meta.url))
  const made = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' })
  if (made.status !== 0) process.stderr.write(`Each store is made anew, which takes longer: ${made.stderr}\n`)
}
