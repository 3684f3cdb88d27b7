import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Policy } from '../../src/access/policy.ts'
import type { Alert } from '../../src/alerts/formats/alert.ts'
import { fingerprintOf } from '../../src/alerts/formats/alert.ts'
import { type AlertFollower, lookAfterEnd } from '../../src/alerts/look-after-end.ts'
import type { AlertSource } from '../../src/alerts/source.ts'
import { type Taken, takeAlerts } from '../../src/alerts/take-alerts.ts'
import type { Runbooks } from '../../src/engine/load-runbooks.ts'
import type { Host, Inventory } from '../../src/inventory/inventory.ts'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { recentRuns } from '../../src/runs/run-store.ts'
import type { Db } from '../../src/store/db.ts'
import type { Job, Queue } from '../../src/store/queue.ts'
import { storeWith } from '../fakes/stores.ts'
import { diskReport } from '../slack/messages/sample-views.ts'

export const source = (more: Partial<AlertSource> = {}): AlertSource => ({
  name: 'prometheus',
  kind: 'alertmanager',
  channel: 'C1',
  proof: { way: 'bearer', secrets: ['a token of sixteen'] },
  fields: undefined,
  states: { firing: ['firing'], resolved: ['resolved'] },
  topics: {},
  hostGroups: undefined,
  most: 20,
  ...more,
})

const names = [...Array.from({ length: 60 }, (_, at) => `host${at + 1}`), 'panel1']
const hosts = names.map((name, at): [string, Host] => {
  const groups = at < 2 ? ['production'] : []
  return [name, { name, groups, production: at < 2, route: { kind: 'local' }, variables: {} }]
})
const inventory: Inventory = { hosts: new Map(hosts), groups: new Map([['production', ['host1', 'host2']]]) }

/** The shipped topics, by what decides here: the names of their alerts. */
const shipped = ['performance', 'service', 'websocket', 'db'].map((topic) => {
  const { alerts = [] } = parse(readFileSync(`src/runbooks/${topic}.yml`, 'utf8')) as { alerts?: string[] }
  return [topic, { topic, alerts }] as const
})
const runbooks = { topics: new Map(shipped) } as unknown as Runbooks

let begun = 0
/** Of a firing that began later than any before. */
export function firing(name: string, host: string, more: Partial<Alert> = {}): Alert {
  begun += 1
  return {
    fingerprint: fingerprintOf(name, host),
    state: 'firing',
    name,
    labels: { alertname: name, instance: `${host}:9100` },
    startsAt: new Date(Date.UTC(2026, 0, 1, 0, 0, begun)),
    ...more,
  }
}
export const resolved = (alert: Alert): Alert => ({ ...alert, state: 'resolved' })

export interface Sent {
  readonly job: Job
  readonly options: Parameters<Queue['send']>[2]
}

/** A bot beside others on the same store, whose jobs are noted and not done. */
export interface Replica {
  readonly follower: AlertFollower
  readonly sent: Sent[]
  take(alerts: readonly Alert[], from?: AlertSource): Promise<Taken>
  lookAfterEnd(runId: string): Promise<void>
}

/** `breakAt`: the process dies before a statement that has this. */
export function replica(
  db: Db,
  {
    team,
    policy,
    sources = [source()],
    waiting = 500,
    isIn = async () => true,
  }: {
    team: string
    policy?: Policy
    sources?: readonly AlertSource[]
    waiting?: number
    isIn?: (channel: string) => Promise<boolean>
  },
  breakAt: () => string | undefined = () => undefined,
): Replica {
  const sent: Sent[] = []
  const dying = (inner: Db): Db => ({
    ...inner,
    tx: (work) =>
      inner.tx((tx) =>
        work({
          query: (sql, params) => {
            const at = breakAt()
            if (at !== undefined && sql.includes(at)) throw new Error('the process died')
            return tx.query(sql, params)
          },
        }),
      ),
  })
  const store = storeWith(dying(db), async (_tx, job, options) => void sent.push({ job, options }))
  const follower: AlertFollower = {
    store,
    access: { homeTeam: team, policy },
    hosts: { inventory },
    runbooks,
    redactor: { text: (text) => text.replaceAll('hunter2', '[hidden]') },
    limits: { waiting, waitingPerChannel: 500, waitingPerUser: 500 },
    team,
    slack: { delivery: { isIn } },
    sources,
    log: { info() {}, warn() {} },
  }
  return {
    follower,
    sent,
    take: (alerts, from = sources[0] ?? source()) => takeAlerts(follower, from, alerts),
    lookAfterEnd: (runId) => lookAfterEnd(follower, runId),
  }
}

export const runsOf = (db: Db, team: string): Promise<Run[]> => recentRuns(db, team, 1_000)

/** As a worker does, with a verdict. */
export async function finish(db: Db, run: Pick<Run, 'id'>): Promise<void> {
  const taken = await claimRun(db, run.id, 'w')
  await finishRun(
    db,
    { runId: run.id, epoch: taken?.epoch ?? 0 },
    { state: 'done', report: diskReport(), problemKeys: ['p'] },
  )
}

export async function auditOf(db: Db, team: string): Promise<Record<string, string | null>[]> {
  const { rows } = await db.query<{ entry: string }>('SELECT entry FROM debvisor.audit ORDER BY position', [])
  return rows.map(({ entry }) => JSON.parse(entry)).filter((entry) => entry.team === team)
}
