import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { openStore } from '../../../src/store/open-store.ts'
import { prepareEmbedded, type StoreKind } from '../../fakes/stores.ts'
import { type Fill, filled, type Row, read, rowsOf, sequences, type Table, tables } from './fixture.ts'

/** The schema of then and its rows, in place of today's. */
export async function loadRows(
  kind: StoreKind,
  store: { folder: string; databaseUrl: string | undefined },
  fill: Fill,
  moment: number,
): Promise<void> {
  if (kind === 'embedded' && !existsSync(store.folder)) await prepareEmbedded(store.folder)
  const db = await openStore(store)
  try {
    await db.query('DROP SCHEMA IF EXISTS debvisor CASCADE; DROP SCHEMA IF EXISTS debvisor_queue CASCADE')
    await db.query(read('schema.sql'))
    for (const table of tables) await insert(db, table, fill, moment)
    for (const { sequence, value } of sequences)
      await db.query(`SELECT setval('${sequence}', ${Number(value)})`)
  } finally {
    await db.close()
  }
}

type Db = Awaited<ReturnType<typeof openStore>>

async function insert(db: Db, { name, columns, rows }: Table, fill: Fill, moment: number): Promise<void> {
  const values = Object.entries(columns).map(([column, type]) =>
    type.startsWith('timestamp')
      ? `$2::timestamptz + (r ->> '${column}')::float8 * interval '1 millisecond'`
      : `(r ->> '${column}')::${type}`,
  )
  const all = name === 'debvisor_queue.job' ? [...rows, ...redraws(rows)] : rows
  // What was hashed holds no placeholders.
  const dressed = name === 'debvisor.audit' ? all : all.map((row) => filled(fill, row))
  const listed = Object.keys(columns).map((column) => `"${column}"`)
  await db.query(
    `INSERT INTO ${name} (${listed}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM json_array_elements($1::json) r
     WHERE $2::timestamptz IS NOT NULL`,
    [JSON.stringify(dressed), new Date(moment).toISOString()],
  )
}

/** Drawn again at the start, as nothing else does it to these: what has another key by now would be posted twice. */
const untouched = ['down', 'fine', 'over', 'mended']

function redraws(jobs: readonly Row[]): Row[] {
  const model = jobs.find(({ name, state }) => name === 'mirror' && state === 'created')
  if (!model) throw new Error('there is no job to copy')
  return rowsOf('runs')
    .filter(({ host = '' }) => untouched.includes(host))
    .map(({ id = '' }) => ({
      ...model,
      id: randomUUID(),
      name: 'redraw',
      start_after: model.created_on ?? '0',
      data: JSON.stringify({ kind: 'redraw', runId: id }),
    }))
}
