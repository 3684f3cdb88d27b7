import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { columnsNamingRuns } from '../../src/retention/references.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { removeAll, usual } from './remove-all.ts'
import { isOpen, type StoredRun, storeThreads, wantedThreads } from './stored-world.ts'

const everything = [
  ...['alerts', 'snapshots', 'scheduled_looks', 'schedules', 'watches', 'fleet_hosts', 'fleet_runs', 'fixes'],
  ...['sendings', 'mirrors', 'tickets', 'escalations', 'messages', 'probes', 'runs'],
]

/** Of each topic and host, the newest with a verdict, and the newest that has ended in one or failed. */
function newest(runs: readonly StoredRun[]): ReadonlySet<string> {
  const byAge = runs.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
  return new Set(
    ['db', 'service'].flatMap((topic) =>
      ['host1', 'host2'].flatMap((host) => {
        const here = byAge.filter((run) => run.topic === topic && run.host === host)
        const done = here.find(({ state }) => state === 'done')
        const ended = here.find(({ state }) => state === 'done' || state === 'failed')
        return [done, ended].flatMap((run) => (run ? [run.id] : []))
      }),
    ),
  )
}

describe.each(storeKinds)('what goes of the %s store', (kind) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())

  const idsIn = async (table: string, column = 'id'): Promise<Set<string>> =>
    new Set(
      (await store.db.query<{ id: string }>(`SELECT ${column} AS id FROM debvisor.${table}`)).rows.map(
        ({ id }) => id,
      ),
    )
  const settings = { ...usual, outputs: 2, runs: 100, looks: 10, fleets: 40, alerts: 40, size: 1 }

  it('is nothing that something open refers to, and all that is old and free', async () => {
    await fc.assert(
      fc.asyncProperty(wantedThreads, async (threads) => {
        for (const table of everything) await store.db.query(`DELETE FROM debvisor.${table}`)
        const runs = await storeThreads(store.db, threads)
        await removeAll(store.db, settings)
        const [left, withOutputs] = [await idsIn('runs'), await idsIn('probes', 'run_id')]
        const fresh = newest(runs)
        const inUse = ({ id, state, hanging }: StoredRun): boolean =>
          state === 'running' || fresh.has(id) || (hanging !== null && isOpen(hanging))
        for (const run of runs.filter(inUse)) {
          expect([left.has(run.id), withOutputs.has(run.id)], JSON.stringify(run)).toEqual([true, true])
          for (const [table, id] of run.rows)
            if (run.hanging && isOpen(run.hanging)) expect(await idsIn(table)).toContain(id)
        }
        for (const root of new Set(runs.map((run) => run.root))) {
          const thread = runs.filter((run) => run.root === root)
          if (thread.some(inUse)) continue
          for (const run of thread) {
            // Beyond the size, all outputs go that are older than an hour.
            if (run.age > 0) expect(withOutputs.has(run.id), JSON.stringify(run)).toBe(false)
            if (thread.every(({ age }) => age > 100))
              expect(left.has(run.id), JSON.stringify(run)).toBe(false)
            else if (!run.isQuiet) expect(left.has(run.id), JSON.stringify(run)).toBe(true)
          }
        }
        // What is said of a message that stands in Slack hangs on the run alone.
        expect(await idsIn('messages', 'run_id')).toEqual(
          new Set(runs.map(({ id }) => id).filter((id) => left.has(id))),
        )
      }),
      { numRuns: kind === 'postgres' ? 40 : 6, endOnFailure: true },
    )
  }, 120_000)

  it('is decided for every column that names a run', async () => {
    const { rows } = await store.db.query<{ name: string }>(
      `SELECT replace(c.conrelid::regclass::text, 'debvisor.', '') || '.' || a.attname AS name FROM pg_constraint c
       JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
       WHERE c.contype = 'f' AND c.confrelid = 'debvisor.runs'::regclass`,
    )
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(columnsNamingRuns).sort())
  })
})
