import { randomCode, readCode } from '../../runs/run-store.ts'
import type { Queryable } from '../../store/db.ts'
import type { ComparedGroup } from '../compared-groups.ts'
import type { FleetHost, FleetHostRun, FleetRun } from './fleet-run.ts'

/** Slack lets a response_url be used for 30 minutes. */
const columns = `id, code, team, slack_user AS "user", topic, reason, pattern, is_partial AS "isPartial", channel, thread,
  CASE WHEN created_at > now() - interval '30 minutes' THEN response_url END AS "responseUrl", parent,
  created_at AS "createdAt", ended_at AS "endedAt", cancelled_by AS "cancelledBy", compared`

const list = async (db: Queryable, sql: string, params: readonly unknown[]): Promise<FleetRun[]> =>
  (await db.query<FleetRun>(sql, params)).rows

const one = async (db: Queryable, sql: string, params: readonly unknown[]): Promise<FleetRun | null> =>
  (await list(db, sql, params))[0] ?? null

export type NewFleet = Pick<
  FleetRun,
  | 'team'
  | 'user'
  | 'topic'
  | 'reason'
  | 'pattern'
  | 'isPartial'
  | 'channel'
  | 'thread'
  | 'responseUrl'
  | 'parent'
>

/** Its code begins with F, and no run has it. */
export async function createFleet(tx: Queryable, fleet: NewFleet, draw = randomCode): Promise<FleetRun> {
  for (let attempt = 0; ; attempt++) {
    const created = await one(
      tx,
      `INSERT INTO debvisor.fleet_runs
         (code, team, slack_user, topic, reason, pattern, channel, thread, response_url, parent, is_partial)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
       WHERE NOT EXISTS (SELECT 1 FROM debvisor.runs WHERE team = $2 AND code = $1)
       ON CONFLICT (team, code) DO NOTHING RETURNING ${columns}`,
      [
        `F${draw(4 + Math.floor(attempt / 2))}`,
        ...[fleet.team, fleet.user, fleet.topic, fleet.reason, fleet.pattern],
        ...[fleet.channel, fleet.thread, fleet.responseUrl, fleet.parent, fleet.isPartial],
      ],
    )
    if (created) return created
  }
}

export interface NewFleetHost extends Pick<FleetHost, 'host' | 'groups'> {
  readonly runId: string
}

/** In the order of the inventory. */
export const addFleetHosts = (
  tx: Queryable,
  { id }: Pick<FleetRun, 'id'>,
  hosts: readonly NewFleetHost[],
): Promise<unknown> =>
  tx.query(
    `INSERT INTO debvisor.fleet_hosts (fleet, position, host, host_groups, run_id)
     SELECT $1, position, host, groups, run FROM json_to_recordset($2)
       AS given(position integer, host text, groups text[], run uuid)`,
    [
      id,
      JSON.stringify(
        hosts.map(({ host, groups, runId }, position) => ({ position, host, groups, run: runId })),
      ),
    ],
  )

export const getFleet = (db: Queryable, id: string): Promise<FleetRun | null> =>
  one(db, `SELECT ${columns} FROM debvisor.fleet_runs WHERE id = $1`, [id])

/** Until this transaction ends, nobody else changes it. */
export const lockFleet = (tx: Queryable, id: string): Promise<FleetRun | null> =>
  one(tx, `SELECT ${columns} FROM debvisor.fleet_runs WHERE id = $1 FOR UPDATE`, [id])

/** `typed` as people type a run's code. */
export const findFleetByCode = (db: Queryable, team: string, typed: string): Promise<FleetRun | null> =>
  one(db, `SELECT ${columns} FROM debvisor.fleet_runs WHERE team = $1 AND code = $2`, [team, readCode(typed)])

/** The one under way in which the same person asks the same, in the same place. */
export const sameFleet = (
  db: Queryable,
  { team, channel, user, topic, pattern }: Pick<FleetRun, 'team' | 'channel' | 'user' | 'topic' | 'pattern'>,
): Promise<FleetRun | null> =>
  one(
    db,
    `SELECT ${columns} FROM debvisor.fleet_runs
     WHERE team = $1 AND channel = $2 AND slack_user = $3 AND topic = $4 AND pattern = $5
       AND ended_at IS NULL AND cancelled_by IS NULL
     ORDER BY created_at LIMIT 1`,
    [team, channel, user, topic, pattern],
  )

/** For whoever asks how it stands: what is under way first, then their own, then the newest. */
export const fleetsForStatus = (
  db: Queryable,
  { team, user }: { readonly team: string; readonly user: string },
  limit: number,
): Promise<FleetRun[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.fleet_runs WHERE team = $1
     ORDER BY ended_at IS NULL DESC, slack_user = $2 DESC, created_at DESC, id LIMIT $3`,
    [team, user, limit],
  )

/** Newest first. */
export const recentFleets = (db: Queryable, team: string, limit: number): Promise<FleetRun[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.fleet_runs WHERE team = $1 ORDER BY created_at DESC, id LIMIT $2`,
    [team, limit],
  )

/** Those of a thread, newest first: the one that it hangs from, those that were asked for in it. */
export const fleetsOfThread = (
  db: Queryable,
  { team, channel, thread }: { readonly team: string; readonly channel: string; readonly thread: string },
): Promise<FleetRun[]> =>
  list(
    db,
    `SELECT ${columns} FROM debvisor.fleet_runs
     WHERE team = $1 AND channel = $2 AND (thread = $3 OR id IN (
       SELECT run_id FROM debvisor.messages WHERE channel = $2 AND ts = $3 AND key = 'main'))
     ORDER BY created_at DESC, id LIMIT 20`,
    [team, channel, thread],
  )

/** The one of that id that tells of a run; without an id, the newest in its channel. */
export const fleetOfRun = (
  db: Queryable,
  { id, channel }: { readonly id: string; readonly channel: string },
  fleet?: string,
): Promise<FleetRun | null> =>
  one(
    db,
    `SELECT ${columns} FROM debvisor.fleet_runs WHERE channel = $2 AND ($3::uuid IS NULL OR id = $3)
       AND id IN (SELECT fleet FROM debvisor.fleet_hosts WHERE run_id = $1)
     ORDER BY created_at DESC, id LIMIT 1`,
    [id, channel, fleet ?? null],
  )

/** Of a report, what a line about it needs: whole, those of many hosts are megabytes. */
const briefReport = `CASE WHEN r.report IS NOT NULL THEN json_build_object(
  'topic', r.topic, 'host', r.host, 'verdict', r.report -> 'verdict', 'summary', r.report -> 'summary',
  'findings', r.report -> 'findings', 'ruledOut', '[]'::json, 'unknown', '[]'::json, 'probes', '[]'::json,
  'ms', r.report -> 'ms') END`

type Row = Omit<FleetHost, 'run'> & Omit<FleetHostRun, 'id'> & { readonly runId: string }

/** In the order of the inventory. `whole`: with all that each report says. */
export async function hostsOfFleet(
  db: Queryable,
  fleet: string,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<FleetHost[]> {
  const { rows } = await db.query<Row>(
    `SELECT h.host, h.host_groups AS groups, h.is_stopped AS "isStopped", r.id AS "runId", r.code, r.state,
       ${whole ? 'r.report' : briefReport} AS report, r.failure, r.started_at AS "startedAt",
       r.ended_at AS "endedAt", r.is_quiet AS "isQuiet"
     FROM debvisor.fleet_hosts h JOIN debvisor.runs r ON r.id = h.run_id WHERE h.fleet = $1 ORDER BY h.position`,
    [fleet],
  )
  return rows.map(({ host, groups, isStopped, runId, ...run }) => ({
    ...{ host, groups, isStopped },
    run: { id: runId, ...run },
  }))
}

/** How far it is, without what each host said. */
export async function progressOf(
  db: Queryable,
  fleet: string,
): Promise<{ readonly hosts: number; readonly open: number }> {
  const { rows } = await db.query<{ hosts: number; open: number }>(
    `SELECT count(*) AS hosts, count(*) FILTER (WHERE NOT h.is_stopped AND r.ended_at IS NULL) AS open
     FROM debvisor.fleet_hosts h JOIN debvisor.runs r ON r.id = h.run_id WHERE h.fleet = $1`,
    [fleet],
  )
  return rows[0] ?? { hosts: 0, open: 0 }
}

/** What one of its hosts is made of, as it is stored; null: nobody knows. One by one, since each is of megabytes. */
export async function snapshotOf(db: Queryable, fleet: string, host: string): Promise<unknown> {
  const { rows } = await db.query<{ snapshot: unknown }>(
    'SELECT snapshot FROM debvisor.fleet_hosts WHERE fleet = $1 AND host = $2',
    [fleet, host],
  )
  return rows[0]?.snapshot ?? null
}

/** It has ended; what its hosts are made of has been compared by then. Null: that took too long, and was left out. */
export async function noteFleetEnd(
  tx: Queryable,
  id: string,
  compared: readonly ComparedGroup[] | null,
): Promise<void> {
  await tx.query('UPDATE debvisor.fleet_runs SET ended_at = now(), compared = $2 WHERE id = $1', [
    id,
    compared && JSON.stringify(compared),
  ])
  await tx.query(
    'UPDATE debvisor.fleet_hosts SET snapshot = NULL WHERE fleet = $1 AND snapshot IS NOT NULL',
    [id],
  )
}
