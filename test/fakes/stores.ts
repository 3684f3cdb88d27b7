import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from '../../src/store/db.ts'
import { makeTemplate } from '../../src/store/embedded/cluster.ts'
import { openStore, type StoreConfig } from '../../src/store/open-store.ts'
import type { Queue } from '../../src/store/queue.ts'
import { makeStore, type Store } from '../../src/store/store.ts'
import { layCluster } from './clusters.ts'
import { postgresFolder } from './postgres/binaries.ts'
import { openDatabase } from './postgres/shared-server.ts'
import { type RealPostgres, startPostgres } from './postgres.ts'

export type StoreKind = 'postgres' | 'embedded'

/** What this machine can run the store tests against; for `describe.each`. */
export const storeKinds: StoreKind[] = postgresFolder() ? ['postgres', 'embedded'] : ['embedded']

/** A real store with its schema, empty, and what else opens the same one. */
export interface TestStore {
  readonly db: Db
  readonly config: StoreConfig
  /** Where the test asked for a server of its own. */
  readonly postgres: RealPostgres | undefined
  /** A second pool on PostgreSQL, as a second replica has it; the embedded store has one process, and so one Db. */
  replica(): Promise<Db>
  stop(): Promise<void>
}

/**
 * `empty`: the schema comes to be as at a first start, and not with a copy. `ownServer`: for who restarts PostgreSQL, or changes what all of its
 * databases have.
 */
export async function openTestStore(
  kind: StoreKind,
  { empty = false, ownServer = false } = {},
): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'debvisor-store-'))
  if (kind === 'embedded') await prepareEmbedded(folder, empty)
  const postgres = kind === 'postgres' && ownServer ? await startPostgres({ empty }) : undefined
  const database = kind === 'postgres' ? (postgres ?? (await openDatabase({ empty }))) : undefined
  const config: StoreConfig = { folder, ...(database && { databaseUrl: database.url }) }
  const db = await openStore(config)
  const replicas: Db[] = []
  return {
    db,
    config,
    postgres,
    async replica() {
      if (kind === 'embedded') return db
      const replica = await openStore(config)
      replicas.push(replica)
      return replica
    },
    async stop() {
      for (const opened of [...replicas, db]) await opened.close()
      await database?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Only to be faster: a first start without it makes its own cluster. */
export async function prepareEmbedded(folder: string, empty = false): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (empty || !layCluster('embedded', join(folder, 'data'))) await makeTemplate().catch(() => undefined)
}

/** A store whose jobs go to `send`, in the transaction that sends them; nobody works at them. */
export const storeWith = (db: Db, send: Queue['send'] = async () => {}): Store =>
  makeStore(
    db,
    { send, waiting: async () => 0, isLooking: () => true, work: async () => {}, stop: async () => {} },
    { text: (text) => text },
  )
