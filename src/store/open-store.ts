import type { Db } from './db.ts'
import { isEmbeddedStore, openEmbedded } from './embedded/pglite.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'

export interface StoreConfig {
  /** postgres://…; without it the embedded store in `folder` is used. */
  readonly databaseUrl?: string | undefined
  readonly folder: string
}

/** Opens the store and brings its schema up to date. Throws StoreError, one sentence, when it cannot be used. */
export async function openStore(config: StoreConfig, onError?: (error: Error) => void): Promise<Db> {
  if (config.databaseUrl) {
    const patient = await openPostgres(config.databaseUrl, { onError, endless: true })
    await migrate(patient).finally(() => patient.close())
    return openPostgres(config.databaseUrl, { onError })
  }
  const db = await openEmbedded(config.folder)
  try {
    await migrate(db)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}

/**
 * Opens a store as it is: neither a store nor a schema is made. Undefined where there is none. Throws as openStore
 * does.
 */
export async function openExistingStore(config: StoreConfig): Promise<Db | undefined> {
  if (!config.databaseUrl && !isEmbeddedStore(config.folder)) return undefined
  const db = await open(config)
  try {
    const { rows } = await db.query(`SELECT to_regclass('debvisor.migrations') AS there`)
    if (rows[0]?.there) return db
  } catch (error) {
    await db.close()
    throw error
  }
  await db.close()
  return undefined
}

const open = ({ databaseUrl, folder }: StoreConfig, onError?: (error: Error) => void): Promise<Db> =>
  databaseUrl ? openPostgres(databaseUrl, { onError }) : openEmbedded(folder)
