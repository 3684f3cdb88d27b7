import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Db, type Rows, StoreError } from '../db.ts'
import { transactions } from '../transaction.ts'
import { ensureCluster, isCluster } from './cluster.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { startWorker } from './pglite-thread.ts'

/**
 * Opens the embedded store in `folder` (made when missing), for this process alone. It survives kill -9, but it does
 * not fsync: a power cut may cost the last rows. Throws StoreError when another process has the folder.
 */
export async function openEmbedded(folder: string): Promise<Db> {
  let lock: FolderLock | undefined
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    lock = await lockFolder(folder)
    const data = dataIn(folder)
    await ensureCluster(data)
    const { store, abandon } = await openCluster(data)
    lock.onLost(abandon)
    return { ...store, close: () => store.close().finally(lock?.release) }
  } catch (error) {
    await lock?.release()
    if (error instanceof StoreError) throw error
    throw new StoreError(`The embedded store in ${folder} does not open: ${(error as Error).message}.`)
  }
}

/** Whether there is an embedded store in `folder`. Makes and locks nothing. */
export const isEmbeddedStore = (folder: string): boolean => isCluster(dataIn(folder))

const dataIn = (folder: string): string => join(folder, 'data')

async function openCluster(data: string) {
  const thread = await startWorker(data)
  const { refuseInside, run } = transactions()
  const exclusive = oneAtATime()
  const listeners = new Set<{ channel: string; onPayload: (payload: string) => void }>()
  thread.onNotification((channel, payload) => {
    for (const listener of listeners) if (listener.channel === channel) listener.onPayload(payload)
  })

  const session = {
    async query<R>(sql: string, params?: readonly unknown[]): Promise<Rows<R>> {
      const answer = await thread.ask({ op: 'query', sql, ...(params && { params }) })
      return { rows: answer.rows.map(withBuffers) as R[], rowCount: answer.rowCount }
    },
  }
  let closing: Promise<void> | undefined

  const store: Db = {
    kind: 'embedded',
    async query<R>(sql: string, params?: readonly unknown[]) {
      refuseInside()
      return exclusive(async () => {
        try {
          return await session.query<R>(sql, params)
        } catch (error) {
          // A text with its own BEGIN that failed half-way must not leave the one session in that transaction.
          await session.query('ROLLBACK').catch(() => undefined)
          throw error
        }
      })
    },
    async tx(work) {
      refuseInside()
      return exclusive(() => run(session, work))
    },
    async listen(channel, onPayload) {
      const listener = { channel, onPayload }
      listeners.add(listener)
      await exclusive(() => thread.ask({ op: 'listen', channel }))
      return async () => {
        listeners.delete(listener)
        const last = ![...listeners].some((other) => other.channel === channel)
        if (last) await exclusive(() => thread.ask({ op: 'unlisten', channel }))
      }
    },
    close() {
      closing ??= exclusive(() => thread.close())
      return closing
    },
  }
  return { store, abandon: thread.abandon }
}

/** PGlite has one session: what is not part of the running transaction waits for its end. */
function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}

/** A Buffer crosses threads as a Uint8Array. */
function withBuffers(row: unknown): unknown {
  const entries = Object.entries(row as object)
  if (!entries.some(([, value]) => value instanceof Uint8Array)) return row
  return Object.fromEntries(entries.map(([k, v]) => [k, v instanceof Uint8Array ? Buffer.from(v) : v]))
}
