/**
 * SQL, by two implementations that answer alike: postgres.ts (a pool) and embedded/pglite.ts (the embedded store, in a
 * worker thread).
 */

export interface Rows<R> {
  readonly rows: R[]
  readonly rowCount: number
}

export interface Queryable {
  /**
   * `$1` placeholders. int8 comes back as number, timestamptz as Date, json and jsonb as parsed JSON, bytea as Buffer,
   * date, timestamp, interval and numeric as text: in both implementations. JSON goes in as text (`JSON.stringify`),
   * arrays as arrays. Without `params` the text may hold several statements; the rows of all come back, one after the
   * other.
   */
  query<R = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<Rows<R>>
}

export interface Db extends Queryable {
  readonly kind: 'postgres' | 'embedded'
  /**
   * One transaction; rolled back when `work` throws, or when a statement of it failed. Only the given handle may be
   * used inside, and only until `work` ends: `query` and `tx` of the store itself refuse to run there (the embedded
   * store would wait for itself).
   */
  tx<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  /** NOTIFY of the embedded store, whose only session no other client can listen on. Resolves with the way to stop. */
  readonly listen?: (channel: string, onPayload: (payload: string) => void) => Promise<() => Promise<void>>
  close(): Promise<void>
}

/** The store cannot be used as it is; the message is one sentence for the operator, with the remedy. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
}

/** Another process has the embedded store open. */
export class StoreInUse extends StoreError {
  override readonly name = 'StoreInUse'
}
