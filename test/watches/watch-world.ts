import type { Access, Person } from '../../src/access/authorize.ts'
import type { Policy } from '../../src/access/policy.ts'
import type { Runbooks } from '../../src/engine/load-runbooks.ts'
import { problemKey } from '../../src/findings/problem-key.ts'
import type { Host, Inventory } from '../../src/inventory/inventory.ts'
import { problemKeysOf } from '../../src/runs/problem-keys.ts'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import type { Job } from '../../src/store/queue.ts'
import type { Looker } from '../../src/watches/looker.ts'
import type { Watch } from '../../src/watches/watch.ts'
import { addWatch, type NewWatch } from '../../src/watches/watch-store.ts'
import { storeWith } from '../fakes/stores.ts'
import { diskReport } from '../slack/messages/sample-views.ts'

const hosts = ['host1', 'host2', 'host3'].map((name): [string, Host] => [
  name,
  { name, groups: ['web'], production: true, route: { kind: 'local' }, variables: {} },
])
export const inventory: Inventory = {
  hosts: new Map(hosts),
  groups: new Map([['web', ['host1', 'host2', 'host3']]]),
}
const runbooks = {
  topics: new Map(['db', 'service'].map((topic) => [topic, { topic }])),
} as unknown as Runbooks

export const member: Person = {
  ...{ id: 'U1', team: 'T1', deleted: false, bot: false, guest: false, stranger: false },
}

export interface World {
  readonly looker: Looker
  readonly jobs: Job[]
  /** What Slack says of whoever asked; undefined: nothing. */
  person: Person | undefined
}

/** The process dies before the first statement that has this. */
const dying = (db: Db, at: string): Db => ({
  ...db,
  tx: (work) =>
    db.tx((tx) =>
      work({
        query: (sql, params) => {
          if (sql.includes(at)) throw new Error('the process died')
          return tx.query(sql, params)
        },
      }),
    ),
})

/** One replica, whose jobs are noted and not done. */
export function makeWorld(
  alive: Db,
  {
    policy,
    waiting = 500,
    diesAt,
    known = inventory,
  }: { policy?: Policy; waiting?: number; diesAt?: string; known?: Inventory } = {},
): World {
  const db = diesAt === undefined ? alive : dying(alive, diesAt)
  const jobs: Job[] = []
  const access: Access = { homeTeam: 'T1', policy }
  const world: World = {
    jobs,
    person: member,
    looker: {
      store: storeWith(db, async (_tx, job) => void jobs.push(job)),
      access,
      slack: { person: async () => world.person, memberships: async () => new Map() },
      hosts: { inventory: known },
      runbooks,
      limits: { waiting, waitingPerChannel: 500, waitingPerUser: 500 },
      log: {
        info() {},
        warn() {},
        error: ({ err }: { err?: unknown }) => {
          if (diesAt === undefined) throw err
        },
      },
    },
  }
  return world
}

const base = { team: 'T1', host: 'host1', topic: 'db', channel: 'C1' } as const

/** A run that people asked for, with its end. */
export async function ranBefore(db: Db, end: Ending = 'ill'): Promise<Run> {
  const run = await createRun(db, {
    ...base,
    actor: { kind: 'user', id: 'U1' },
    production: true,
    responseUrl: null,
  })
  await finish(db, run, end)
  return run
}

/** `ill-twice`: with a second cause behind the first. */
export type Ending = 'ill' | 'ill-twice' | 'well' | 'unreachable'

/** As a worker does. */
export async function finish(db: Db, { id }: Pick<Run, 'id'>, end: Ending): Promise<void> {
  const run = (await claimRun(db, id, 'w')) as Run
  const lease = { runId: id, epoch: run.epoch }
  const { team, host } = run
  if (end === 'unreachable') {
    const failure = { hop: host, stage: 'network', reason: 'no answer', remedy: 'look' } as const
    const key = problemKey({ team, host, finding: 'unreachable.network', subject: host })
    await finishRun(db, lease, { state: 'failed', failure, problemKeys: [key] })
    return
  }
  const { findings } = diskReport()
  const second = findings.filter(({ role }) => role === 'cause').map((cause) => ({ ...cause, id: 'second' }))
  const report = {
    ill: () => diskReport(),
    'ill-twice': () => diskReport({ findings: [...findings, ...second] }),
    well: () => diskReport({ verdict: 'healthy', findings: [] }),
  }[end]()
  await finishRun(db, lease, { state: 'done', report, problemKeys: problemKeysOf(run, report) })
}

/** Its first look is due at once. */
export async function watchOf(db: Db, runId: string, more: Partial<NewWatch> = {}): Promise<Watch> {
  const watch = (await addWatch(db, {
    ...{ ...base, user: 'U1', runId, everyMs: 300_000, wanted: 3, known: [], forMs: 43_200_000 },
    ...more,
  })) as Watch
  await makeDue(db, watch)
  return watch
}

export const makeDue = (db: Db, { id }: Watch, seconds = 1): Promise<unknown> =>
  db.query(`UPDATE debvisor.watches SET next_at = now() - $2 * interval '1 s' WHERE id = $1`, [id, seconds])

/** The runs that watches and schedules asked for, oldest first. */
export const looks = async (
  db: Db,
): Promise<Pick<Run, 'id' | 'state' | 'isQuiet' | 'parent' | 'host' | 'topic' | 'actor'>[]> =>
  (
    await db.query<Run>(
      `SELECT id, state, is_quiet AS "isQuiet", parent, host, topic, json_build_object('kind', actor_kind, 'id', actor_id) AS actor
       FROM debvisor.runs WHERE origin = 'watch' ORDER BY created_at, host, topic, id`,
    )
  ).rows
