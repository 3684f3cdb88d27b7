/**
 * The thread in which PGlite lives: it blocks its event loop for seconds at a time. Requests are answered one by one,
 * in order. `once` makes a cluster and ends (initdb takes 0.8 GB, which goes with the thread).
 */
import { on } from 'node:events'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

export interface WorkerData {
  readonly folder: string
  readonly once: boolean
  readonly program: WebAssembly.Module
}

export type Request =
  | { readonly id: number; readonly op: 'query'; readonly sql: string; readonly params?: readonly unknown[] }
  | { readonly id: number; readonly op: 'listen' | 'unlisten'; readonly channel: string }
  | { readonly id: number; readonly op: 'close' }

export type Reply =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly id: number; readonly rows: unknown[]; readonly rowCount: number }
  | { readonly type: 'error'; readonly id: number; readonly message: string; readonly fields: object }
  | { readonly type: 'notification'; readonly channel: string; readonly payload: string }

const BYTEA = 17
const INT8 = 20
const DATE = 1082
const TIMESTAMP = 1114
const nothing = { rows: [], rowCount: 0 }

async function serve(port: MessagePort, { folder, once, program }: WorkerData): Promise<void> {
  const db = await PGlite.create({
    dataDir: folder,
    pgliteWasmModule: program,
    // 16 MB instead of 128: the whole process then needs about 200 MB.
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
    initDbStartParams: ['--wal-segsize=1'],
    parsers: {
      [INT8]: Number,
      [DATE]: (text) => text,
      [TIMESTAMP]: (text) => text,
      [BYTEA]: (text) => Uint8Array.from(Buffer.from(text.slice(2), 'hex')),
    },
  })
  const reply = (message: Reply) => port.postMessage(message)
  if (once) return db.close()
  db.onNotification((channel, payload) => reply({ type: 'notification', channel, payload }))
  const requests = on(port, 'message')
  reply({ type: 'ready' })
  for await (const [request] of requests as AsyncIterable<[Request]>) {
    try {
      reply({ type: 'answer', id: request.id, ...(await answer(db, request)) })
    } catch (error) {
      reply({ type: 'error', id: request.id, ...describe(error) })
    }
    if (request.op === 'close') break
  }
}

async function answer(db: PGlite, request: Request): Promise<{ rows: unknown[]; rowCount: number }> {
  if (request.op === 'query') return query(db, request.sql, request.params)
  if (request.op === 'close') await db.close()
  else await db.exec(`${request.op} "${request.channel.replaceAll('"', '""')}"`)
  return nothing
}

async function query(db: PGlite, sql: string, params: readonly unknown[] | undefined) {
  const results = params ? [await db.query(sql, [...params])] : await db.exec(sql)
  const rows = results.flatMap((result) => result.rows)
  // PGlite adds the changed rows of a text up and does not count those of a SELECT.
  return { rows, rowCount: Math.max(rows.length, results.at(-1)?.affectedRows ?? 0) }
}

/** An error's own fields do not cross threads by themselves, and callers tell errors apart by PostgreSQL's `code`. */
function describe(error: unknown): { message: string; fields: object } {
  const { message, code, detail, constraint, table, column, schema } = error as Record<string, unknown>
  return { message: String(message ?? error), fields: { code, detail, constraint, table, column, schema } }
}

if (parentPort) {
  await serve(parentPort, workerData as WorkerData)
  parentPort.close()
}
