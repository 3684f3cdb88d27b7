import type { Db } from './db.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './pg.ts'
import { openEmbedded } from './pglite.ts'

export interface StoreConfig {
  /** postgres://…; without it the embedded store in `folder` is used. */
  readonly databaseUrl?: string | undefined
  readonly folder: string
}

/** Opens the store and brings its schema up to date. Throws StoreError, one sentence, when it cannot be used. */
export async function openStore(config: StoreConfig, onError?: (error: Error) => void): Promise<Db> {
  const db = config.databaseUrl
    ? await openPostgres(config.databaseUrl, { onError })
    : await openEmbedded(config.folder)
  try {
    await migrate(db)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}
