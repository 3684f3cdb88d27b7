import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shippedRunbooks } from '../src/cli/set-up.ts'
import { CHECKED_FILE } from '../src/engine/compile/checked-folder.ts'
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
  checkRunbooks()
  const stop = await startSharedServer().catch((error: Error) => doWithoutPostgres(error.message))
  return async () => {
    await stop?.()
    rmSync(join(shippedRunbooks, CHECKED_FILE), { force: true })
    takeAway()
  }
}

/** Those that are missing, in a process whose memory goes with it. */
function makeClusters(): void {
  const bin = postgresFolder()
  const kinds = ['embedded', ...(bin ? [postgresVersion(bin)] : [])]
  if (kinds.every((kind) => existsSync(clusterOf(kind)))) return
  const made = run('./fakes/make-clusters.ts')
  if (made.status !== 0) process.stderr.write(`Each store is made anew, which takes longer: ${made.stderr}\n`)
}

/** They are the same for all tests and for each bot that a test starts, and to check them takes seconds. */
function checkRunbooks(): void {
  const checked = run('./fakes/check-runbooks.ts')
  if (checked.status !== 0) throw new Error(`The shipped runbooks are wrong:\n${checked.stderr}`)
}

const run = (program: string) =>
  spawnSync(process.execPath, ['--import', 'tsx', fileURLToPath(new URL(program, import.meta.url))], {
    encoding: 'utf8',
  })
