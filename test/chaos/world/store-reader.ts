import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** Looks into the store beside the bot, on connections that no fault meets but a restart. */
export interface StoreReader {
  /** Waits for a server that restarts, up to `patienceMs`. */
  rows<R>(sql: string, params?: readonly unknown[], patienceMs?: number): Promise<R[]>
  close(): Promise<void>
}

const PATIENCE_MS = 30_000

export function openStoreReader(url: string): StoreReader {
  const pool = new pg.Pool({
    connectionString: url,
    max: 3,
    application_name: 'chaos',
    query_timeout: 20_000,
  })
  pool.on('error', () => {})
  return {
    async rows<R>(sql: string, params: readonly unknown[] = [], patienceMs = PATIENCE_MS) {
      const until = Date.now() + patienceMs
      for (;;) {
        try {
          return (await pool.query(sql, [...params])).rows as R[]
        } catch (error) {
          if (Date.now() > until) throw error
          await delay(100)
        }
      }
    },
    close: () => pool.end(),
  }
}
