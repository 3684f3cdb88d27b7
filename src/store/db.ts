/** The one door to SQL. Two implementations answer alike: pg.ts (a pool) and pglite.ts (the embedded store, in a worker thread). */

export interface Rows<R> {
  readonly rows: R[]
  readonly rowCount: number
}

export interface Queryable {
  /** `$1` placeholders. int8 comes back as number, timestamptz as Date, jsonb as parsed JSON, bytea as Buffer: in both implementations. */
  query<R = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<Rows<R>>
}

export interface Db extends Queryable {
  readonly kind: 'postgres' | 'embedded'
  /** One transaction; rolled back when `work` throws. Only the given handle may be used inside. */
  tx<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  close(): Promise<void>
}
