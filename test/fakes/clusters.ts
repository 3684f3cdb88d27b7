import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Clusters that have today's schema and queue already, for tests that are not about how those come to be: making one takes seconds of
 * both cores, copying one a tenth of a second. make-clusters.ts makes them before the tests begin. Where it could not, each store is made anew.
 * @param kind `embedded`, or what `postgres --version` says
 */
export function layCluster(kind: string, data: string): boolean {
  const cluster = clusterOf(kind)
  return existsSync(cluster) && copyCluster(cluster, data)
}

/** Beside the installed packages; named after all that goes into it, so that an old one is never taken for today's. */
export function clusterOf(kind: string): string {
  const name = kind.replace(/[^a-z0-9.]+/gi, '-')
  return fileURLToPath(new URL(`node_modules/.cache/debvisor/${name}-${digest()}`, root))
}

/** With its owner: PostgreSQL starts on its own files only. */
export const copyCluster = (from: string, to: string): boolean =>
  spawnSync('cp', ['-a', from, to], { stdio: 'ignore' }).status === 0

const root = new URL('../../', import.meta.url)

let known: string | undefined

function digest(): string {
  if (known) return known
  const migrations = readdirSync(new URL('src/store/migrations', root)).map((name) =>
    join('src/store/migrations', name),
  )
  const sources = [
    'package-lock.json',
    'test/fakes/make-clusters.ts',
    'src/store/migrate.ts',
    'src/store/embedded/pglite-worker.ts',
    'src/store/queue.ts',
    'test/fakes/make-clusters.ts',
  ]
  const hash = createHash('sha256')
  for (const name of [...sources, ...migrations.sort()])
    hash.update(name).update(readFileSync(new URL(name, root)))
  known = hash.digest('hex').slice(0, 16)
  return known
}
