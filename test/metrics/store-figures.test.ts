import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Figure } from '../../src/metrics/figure.ts'
import { watchStore } from '../../src/metrics/store-figures.ts'
import type { Queryable } from '../../src/store/db.ts'
import { type Queue, startQueue } from '../../src/store/queue.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { waitingRun } from '../runs/queue/waiting-runs.ts'

const valuesOf = (figures: readonly Figure[] | undefined) =>
  Object.fromEntries(
    (figures ?? []).map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
  )

describe.each(storeKinds)('what the %s store says of all replicas', (kind) => {
  let store: TestStore
  let queue: Queue
  beforeAll(async () => {
    store = await openTestStore(kind)
    const log = { warn() {}, error() {} }
    queue = await startQueue(store.db, { databaseUrl: store.config.databaseUrl, log })
  })
  afterAll(async () => {
    await queue?.stop(1_000)
    await store?.stop()
  })
  const read = async () => valuesOf(await watchStore(store.db, () => 0).read())

  it('is 0 where nothing waits', async () => {
    const values = await read()
    expect(values).toMatchObject({
      'debvisor_queue_runs people': 0,
      'debvisor_queue_oldest_seconds people': 0,
      'debvisor_runs_running alerts': 0,
      'debvisor_outbox_waiting page': 0,
      'debvisor_outbox_oldest_seconds mail': 0,
      debvisor_draws_waiting: 0,
      debvisor_draws_oldest_seconds: 0,
      debvisor_replicas: 1,
      debvisor_audit_rows: 0,
    })
  })

  it('is how many runs wait and run in each lane, and since when; those for later do not wait', async () => {
    const old = await waitingRun(store.db)
    await waitingRun(store.db, { origin: 'alert' })
    await waitingRun(store.db, { origin: 'fleet' })
    const running = await waitingRun(store.db, { origin: 'fleet' })
    await waitingRun(store.db, { afterMs: 60_000 })
    await store.db.query(`UPDATE debvisor.runs SET due_at = now() - interval '90 s' WHERE id = $1`, [old.id])
    await store.db.query(`UPDATE debvisor.runs SET state = 'running' WHERE id = $1`, [running.id])
    const values = await read()
    expect(values).toMatchObject({
      'debvisor_queue_runs people': 1,
      'debvisor_queue_runs alerts': 1,
      'debvisor_queue_runs watches': 0,
      'debvisor_queue_runs fleets': 1,
      'debvisor_runs_running people': 0,
      'debvisor_runs_running fleets': 1,
    })
    expect(values['debvisor_queue_oldest_seconds people']).toBeGreaterThanOrEqual(90)
    expect(values['debvisor_queue_oldest_seconds people']).toBeLessThan(100)
    expect(values['debvisor_queue_oldest_seconds alerts']).toBeLessThan(10)
  })

  it('is what of escalations was not sent, by channel, and for how long', async () => {
    const run = await waitingRun(store.db)
    const { rows } = await store.db.query<{ id: string }>(
      `INSERT INTO debvisor.escalations (team, problem_key, level, run_id, channel, actor_kind, actor_id, title, body, severity)
       VALUES ('T1', 'p', 3, $1, 'C1', 'user', 'U1', 't', 'b', 'critical') RETURNING id`,
      [run.id],
    )
    await store.db.query(
      `INSERT INTO debvisor.sendings (escalation_id, channel, act, lane, state, created_at) VALUES
         ($1, 'page', 'open', 'l', 'waiting', now() - interval '5 min'), ($1, 'page', 'resolve', 'l', 'waiting', now()),
         ($1, 'mail', 'open', 'm', 'sent', now() - interval '9 min'), ($1, 'pigeon', 'open', 'n', 'waiting', now())`,
      [rows[0]?.id],
    )
    const values = await read()
    expect(values).toMatchObject({ 'debvisor_outbox_waiting page': 2, 'debvisor_outbox_waiting mail': 0 })
    expect(values['debvisor_outbox_oldest_seconds page']).toBeGreaterThanOrEqual(300)
    expect(values['debvisor_outbox_oldest_seconds mail']).toBe(0)
    expect(Object.keys(values).join()).not.toContain('pigeon')
  })

  it('is how many messages wait to be drawn; those for later do not', async () => {
    const before = (await read()).debvisor_draws_waiting ?? 0
    const run = await waitingRun(store.db)
    await store.db.tx(async (tx) => {
      await queue.send(tx, { kind: 'redraw', runId: run.id })
      await queue.send(tx, { kind: 'redraw', runId: run.id }, { afterMs: 60_000 })
      await queue.send(tx, { kind: 'change', fixId: run.id })
    })
    expect((await read()).debvisor_draws_waiting).toBe(before + 1)
  })

  it('counts no replica that has stopped, or was not seen for long', async () => {
    await store.db.query(
      `INSERT INTO debvisor_queue.instance
         (id, host, pid, version, node_version, heartbeat_seconds, supervise, schedule, migrate, persist_queue_stats,
          persist_warnings, heartbeat_on, stopped_on)
       SELECT gen_random_uuid(), 'h', n, '1', '20', 30, true, false, true, false, false,
         CASE n WHEN 1 THEN now() - interval '50 s' ELSE now() - interval '70 s' END,
         CASE n WHEN 3 THEN now() END
       FROM generate_series(1, 3) AS n`,
    )
    expect((await read()).debvisor_replicas).toBe(2)
  })
})

describe('a store', () => {
  const row = { lanes: null, channels: null, draws: 0, oldest: 0, replicas: 1, audit: 7 }

  it('is asked once in five seconds, however often is scraped', async () => {
    const query = vi.fn(async () => ({ rows: [row], rowCount: 1 }))
    let now = 0
    const { read } = watchStore({ query } as unknown as Queryable, () => now)
    await Promise.all(Array.from({ length: 50 }, () => read()))
    now = 4_999
    await read()
    expect(query).toHaveBeenCalledTimes(1)
    now = 5_000
    expect(valuesOf(await read()).debvisor_audit_rows).toBe(7)
    expect(query).toHaveBeenCalledTimes(2)
  })

  it('that fails leaves its figures unknown', async () => {
    const query = () => Promise.reject(new Error('gone'))
    expect(await watchStore({ query } as unknown as Queryable, () => 0).read()).toBeUndefined()
  })

  it('that hangs leaves them unknown after two seconds, and is not asked again meanwhile', async () => {
    vi.useFakeTimers()
    try {
      let answer = (_: unknown): void => {}
      const query = vi.fn(
        () =>
          new Promise((resolve) => {
            answer = resolve
          }),
      )
      const { read } = watchStore({ query } as unknown as Queryable, () => 0)
      const asked = [read(), read()]
      await vi.advanceTimersByTimeAsync(2_000)
      expect(await Promise.all(asked)).toEqual([undefined, undefined])
      const late = read()
      expect(query).toHaveBeenCalledTimes(1)
      answer({ rows: [row], rowCount: 1 })
      expect(valuesOf(await late).debvisor_audit_rows).toBe(7)
    } finally {
      vi.useRealTimers()
    }
  })
})
