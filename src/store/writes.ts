import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import type { Db, Queryable } from './db.ts'

/** Whether the store takes what is written, as cheaply as that can be known. */
export interface WritesWatch {
  /** The same store; what it refuses to write is noted. */
  readonly db: Db
  takesWrites(): Promise<boolean>
}

/** A full disk, a failed write, a server that is read-only: PostgreSQL's words. */
const refusals = new Set(['53100', '58030', '25006'])
/** Nothing was written since, so that nobody knows whether it works by now. */
const REMEMBERED_MS = 30_000
/** The embedded store writes ahead in files of 16 MB. */
const LEAST_BYTES = 32 * 1024 * 1024

/**
 * A full disk is told by the write that it refused, as nothing else asks PostgreSQL for it; that it is read-only, or a
 * standby after a failover, by a question. The embedded store is a folder of this machine, which can be looked at.
 */
export function watchWrites(db: Db, folder: string): WritesWatch {
  let refusedAt = Number.NEGATIVE_INFINITY
  let asked: Promise<boolean> | undefined
  const noting = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (refusals.has((error as { readonly code?: string }).code ?? '')) refusedAt = performance.now()
      throw error
    }
  }
  const watched: Db = {
    ...db,
    query: (sql, params) => noting(db.query(sql, params)),
    tx: (work) => noting(db.tx(work)),
  }
  return {
    db: watched,
    async takesWrites() {
      if (performance.now() - refusedAt < REMEMBERED_MS) return false
      // One question at a time: a store that hangs would lose a connection to each.
      asked ??= (db.kind === 'embedded' ? hasRoom(folder) : isWritable(db)).finally(() => {
        asked = undefined
      })
      return asked
    },
  }
}

async function isWritable(db: Queryable): Promise<boolean> {
  const sql = `SELECT current_setting('transaction_read_only') = 'off' AS writable`
  return (await db.query<{ writable: boolean }>(sql)).rows[0]?.writable === true
}

async function hasRoom(folder: string): Promise<boolean> {
  await access(folder, constants.W_OK)
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize >= LEAST_BYTES
}
