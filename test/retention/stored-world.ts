import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { Db, Queryable } from '../../src/store/db.ts'

/** What hangs on a run. `open`: it is not over, whatever its age. */
export const hangings = [
  ...[
    'ticket',
    'lead',
    'unsent',
    'mirror',
    'fix-waiting',
    'fix-unknown',
    'fix-recheck',
    'watch',
    'watch-look',
  ],
  ...['schedule-shown', 'schedule-look', 'fleet', 'earlier-ticket'],
  ...[
    'ticket-closed',
    'fix-ended',
    'fix-proposed',
    'watch-ended',
    'schedule-ended',
    'fleet-ended',
    'alert',
    'snapshot',
  ],
] as const
export type Hanging = (typeof hangings)[number]

/** These hold a run with its outputs. */
export const isOpen = (hanging: Hanging): boolean =>
  hangings.indexOf(hanging) <= hangings.indexOf('earlier-ticket')

export interface WantedRun {
  readonly state: 'done' | 'failed' | 'cancelled' | 'running'
  readonly topic: 'db' | 'service'
  readonly host: 'host1' | 'host2'
  /** Days since it ended. */
  readonly age: number
  readonly isQuiet: boolean
  readonly hanging: Hanging | null
}
export interface WantedThread {
  readonly root: WantedRun
  /** Each checks the one before it. */
  readonly below: readonly WantedRun[]
}

const run = fc.record({
  state: fc.constantFrom(
    'done' as const,
    'done' as const,
    'failed' as const,
    'cancelled' as const,
    'running' as const,
  ),
  topic: fc.constantFrom('db' as const, 'service' as const),
  host: fc.constantFrom('host1' as const, 'host2' as const),
  age: fc.constantFrom(0, 5, 60, 500, 900),
  isQuiet: fc.boolean(),
  hanging: fc.option(fc.constantFrom(...hangings), { freq: 2 }),
})
export const wantedThreads: fc.Arbitrary<WantedThread[]> = fc.array(
  fc.record({ root: run, below: fc.array(run, { maxLength: 2 }) }),
  { minLength: 1, maxLength: 8 },
)

export interface StoredRun extends WantedRun {
  readonly id: string
  readonly root: string
  readonly createdAt: Date
  /** Rows that are about it: table and id. */
  readonly rows: readonly (readonly [table: string, id: string])[]
}

const DAY = 86_400_000
let minted = 0

/** Stores them; what hangs on a run and is over was over when the run was. */
export async function storeThreads(db: Db, threads: readonly WantedThread[]): Promise<StoredRun[]> {
  const stored: StoredRun[] = []
  for (const { root, below } of threads) {
    let parent: string | null = null
    let first = ''
    for (const wanted of [root, ...below]) {
      const made: StoredRun = await db.tx((tx) => storeRun(tx, wanted, parent, first))
      stored.push(made)
      parent = made.id
      first = made.root
    }
  }
  return stored
}

export async function storeRun(
  tx: Queryable,
  wanted: WantedRun,
  parent: string | null = null,
  root = '',
): Promise<StoredRun> {
  const id = randomUUID()
  minted += 1
  // No two at once.
  const ended = new Date(Date.now() - wanted.age * DAY - 60_000 * minted)
  const { state, topic, host } = wanted
  const report = JSON.stringify({ verdict: 'problem', findings: [] })
  await tx.query(
    `INSERT INTO debvisor.runs (id, code, team, actor_kind, actor_id, topic, host, production, channel, state, report, failure,
       parent, created_at, started_at, ended_at, is_quiet, examined)
     VALUES ($1, $2, 'T1', 'user', 'U1', $3, $4, true, 'C1', $5, $6, $7, $8, $9, $9, $10, $11, '{"a": 1}')`,
    [
      ...[id, `C${minted}`, topic, host, state, state === 'done' ? report : null],
      ...[state === 'failed' ? '{"reason": "x"}' : null, parent, ended],
      ...[state === 'running' ? null : ended, wanted.isQuiet],
    ],
  )
  await tx.query(
    `INSERT INTO debvisor.probes (run_id, probe, record) VALUES ($1, 'one', '{"stdout": "x"}'), ($1, 'two', '{"stdout": "y"}')`,
    [id],
  )
  await tx.query(`INSERT INTO debvisor.messages (run_id, key, channel, ts) VALUES ($1, 'main', 'C1', $2)`, [
    id,
    `${minted}.1`,
  ])
  const about = { id, topic, host, ended }
  const rows = wanted.hanging ? await hang[wanted.hanging](tx, about) : []
  return { ...wanted, id, root: root || id, createdAt: ended, rows }
}

interface About {
  readonly id: string
  readonly topic: string
  readonly host: string
  readonly ended: Date
}
type Rows = (readonly [table: string, id: string])[]

async function escalation(
  tx: Queryable,
  { id, ended }: About,
  { level, closed }: { readonly level: number; readonly closed: boolean },
): Promise<string> {
  const made = randomUUID()
  await tx.query(
    `INSERT INTO debvisor.escalations (id, team, problem_key, level, run_id, channel, actor_kind, actor_id, state, title, body,
       severity, created_at, updated_at, closed_at, number)
     VALUES ($1::uuid, 'T1', $1::text, $2, $3, 'C1', 'user', 'U1', $4, 't', 'b', 'critical', $5, $5, $6, $7)`,
    [
      made,
      level,
      id,
      closed ? 'resolved' : 'done',
      ended,
      closed ? ended : null,
      level === 1 ? minted : null,
    ],
  )
  if (level === 1) await tx.query('INSERT INTO debvisor.tickets (id) VALUES ($1)', [made])
  return made
}

async function fix(tx: Queryable, { id, ended }: About, state: string, recheck: string | null = null) {
  const made = randomUUID()
  const isOver = state === 'succeeded' || state === 'unknown'
  await tx.query(
    `INSERT INTO debvisor.fixes (id, team, run_id, finding, subject, fix, topic, host, production, runbook_digest, host_key, steps,
       title, effect, risk, settle_ms, state, requester, approver, recheck, created_at, expires_at, requested_at, started_at, ended_at)
     VALUES ($1::uuid, 'T1', $2, 'f', 's', 'x', 'db', $3, false, 'd', 'k', '[]', 't', 'e', 'r', 0, $4, 'U1', 'U2', $5,
       $6, $6::timestamptz + interval '10 minutes', $7, $8, $8)`,
    [made, id, made, state, recheck, ended, state === 'proposed' ? null : ended, isOver ? ended : null],
  )
  return made
}

async function watch(
  tx: Queryable,
  { id, topic, host, ended }: About,
  over: boolean,
  look: string | null = null,
) {
  const made = randomUUID()
  await tx.query(
    `INSERT INTO debvisor.watches (id, team, slack_user, topic, host, channel, run_id, every_ms, wanted, next_at, until,
       created_at, outcome, ended_at, last_look)
     VALUES ($1::uuid, 'T1', $1::text, $2, $3, 'C1', $4, 300000, 3, now(), now(), $5, $6, $7, $8)`,
    [made, topic, host, id, ended, over ? 'well' : null, over ? ended : null, look],
  )
  return made
}

async function schedule(
  tx: Queryable,
  { id, topic, host, ended }: About,
  of: 'shown' | 'look',
  over = false,
) {
  const made = randomUUID()
  await tx.query(
    `INSERT INTO debvisor.schedules (id, team, slack_user, cron, timezone, topic, host, channel, next_at, outcome, ended_at)
     VALUES ($1, 'T1', 'U1', '@daily', 'UTC', $2, $3, 'C1', now(), $4, $5)`,
    [made, topic, host, over ? 'stopped' : null, over ? ended : null],
  )
  await tx.query(
    `INSERT INTO debvisor.scheduled_looks (schedule, host, topic, ${of}) VALUES ($1, $2, $3, $4)`,
    [made, host, topic, id],
  )
  return made
}

async function fleet(tx: Queryable, { id, topic, host, ended }: About, over: boolean) {
  const made = randomUUID()
  await tx.query(
    `INSERT INTO debvisor.fleet_runs (id, code, team, slack_user, topic, pattern, channel, created_at, ended_at)
     VALUES ($1, $2, 'T1', 'U1', $3, 'all', 'C1', $4, $5)`,
    [made, `F${minted}`, topic, ended, over ? ended : null],
  )
  await tx.query(
    `INSERT INTO debvisor.fleet_hosts (fleet, position, host, host_groups, run_id) VALUES ($1, 0, $2, '{}', $3)`,
    [made, host, id],
  )
  return made
}

/** A run that nobody asks about, for what has to hang on another one. */
async function otherRun(tx: Queryable, { topic, host, ended }: About): Promise<string> {
  const id = randomUUID()
  minted += 1
  await tx.query(
    `INSERT INTO debvisor.runs (id, code, team, actor_kind, actor_id, topic, host, production, channel, state, created_at, ended_at)
     VALUES ($1, $2, 'T2', 'user', 'U1', $3, $4, true, 'C1', 'cancelled', $5, $5)`,
    [id, `X${minted}`, topic, host, ended],
  )
  return id
}

const hang: Readonly<Record<Hanging, (tx: Queryable, about: About) => Promise<Rows>>> = {
  ticket: async (tx, run) => [['escalations', await escalation(tx, run, { level: 1, closed: false })]],
  lead: async (tx, run) => [['escalations', await escalation(tx, run, { level: 2, closed: false })]],
  unsent: async (tx, run) => {
    const id = await escalation(tx, run, { level: 3, closed: true })
    await tx.query(
      `INSERT INTO debvisor.sendings (escalation_id, channel, act, lane) VALUES ($1::uuid, 'page', 'resolve', $1::text)`,
      [id],
    )
    return [['escalations', id]]
  },
  mirror: async (tx, run) => {
    const id = await escalation(tx, run, { level: 1, closed: true })
    await tx.query(`INSERT INTO debvisor.mirrors (ticket_id, target) VALUES ($1, 'jira')`, [id])
    return [['escalations', id]]
  },
  'fix-waiting': async (tx, run) => [['fixes', await fix(tx, run, 'awaiting-approval')]],
  'fix-unknown': async (tx, run) => [['fixes', await fix(tx, run, 'unknown')]],
  'fix-recheck': async (tx, run) => [
    ['fixes', await fix(tx, { ...run, id: await otherRun(tx, run) }, 'unknown', run.id)],
  ],
  watch: async (tx, run) => [['watches', await watch(tx, run, false)]],
  'watch-look': async (tx, run) => [
    ['watches', await watch(tx, { ...run, id: await otherRun(tx, run) }, false, run.id)],
  ],
  'schedule-shown': async (tx, run) => [['schedules', await schedule(tx, run, 'shown')]],
  'schedule-look': async (tx, run) => [['schedules', await schedule(tx, run, 'look')]],
  fleet: async (tx, run) => [['fleet_runs', await fleet(tx, run, false)]],
  'earlier-ticket': async (tx, run) => {
    const earlier = await escalation(tx, run, { level: 1, closed: true })
    minted += 1
    const open = await escalation(tx, { ...run, id: await otherRun(tx, run) }, { level: 1, closed: false })
    await tx.query('UPDATE debvisor.tickets SET earlier = $2 WHERE id = $1', [open, earlier])
    return [
      ['escalations', earlier],
      ['escalations', open],
    ]
  },
  'ticket-closed': async (tx, run) => [
    ['escalations', await escalation(tx, run, { level: 1, closed: true })],
  ],
  'fix-ended': async (tx, run) => [['fixes', await fix(tx, run, 'succeeded')]],
  'fix-proposed': async (tx, run) => [['fixes', await fix(tx, run, 'proposed')]],
  'watch-ended': async (tx, run) => [['watches', await watch(tx, run, true, run.id)]],
  'schedule-ended': async (tx, run) => [['schedules', await schedule(tx, run, 'shown', true)]],
  'fleet-ended': async (tx, run) => [['fleet_runs', await fleet(tx, run, true)]],
  alert: async (tx, run) => {
    await tx.query(
      `INSERT INTO debvisor.alerts (team, source, fingerprint, name, outcome, run_id, seen_at, fired_at, resolved_at)
       VALUES ('T1', 's', $1::text, 'a', 'started', $1::uuid, $2, $2, $2)`,
      [run.id, run.ended],
    )
    return []
  },
  snapshot: async (tx, run) => {
    await tx.query(
      `INSERT INTO debvisor.snapshots (team, host, topic, run_id, taken_at, snapshot) VALUES ('T1', $1, $2, $3, $4, '{}')
       ON CONFLICT DO NOTHING`,
      [run.host, run.topic, run.id, run.ended],
    )
    return []
  },
}
