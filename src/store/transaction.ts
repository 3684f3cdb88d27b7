import { AsyncLocalStorage } from 'node:async_hooks'
import type { Queryable } from './db.ts'

/** What `Db.tx` promises, the same for both implementations: see Db. */
export function transactions() {
  const scope = new AsyncLocalStorage<{ open: boolean; failed: boolean }>()

  /** Called first by everything that is not the handle: a bug, told at once instead of a deadlock. */
  function refuseInside(): void {
    if (!scope.getStore()?.open) return
    throw new Error('the store was used inside its own transaction: use the handle that tx() gave')
  }

  async function run<T>(session: Queryable, work: (tx: Queryable) => Promise<T>): Promise<T> {
    const state = { open: true, failed: false }
    const handle: Queryable = {
      async query<R>(sql: string, params?: readonly unknown[]) {
        if (!state.open) throw new Error('a transaction was used after its end')
        try {
          return await session.query<R>(sql, params)
        } catch (error) {
          state.failed = true
          throw error
        }
      },
    }
    await session.query('BEGIN')
    try {
      const result = await scope.run(state, () => work(handle))
      state.open = false
      // PostgreSQL answers COMMIT of a failed transaction with a silent ROLLBACK.
      if (state.failed) throw new Error('a statement of the transaction failed, so nothing of it was kept')
      await session.query('COMMIT')
      return result
    } catch (error) {
      state.open = false
      await session.query('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  return { refuseInside, run }
}
