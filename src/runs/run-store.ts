import { randomInt } from 'node:crypto'
import type { Report } from '../findings/report.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import type { Queryable } from '../store/db.ts'
import type { Actor, Run } from './run.ts'

export interface NewRun {
  readonly team: string
  readonly actor: Actor
  readonly topic: string
  readonly reason?: string | null
  readonly host: string
  readonly production: boolean
  readonly channel: string
  readonly responseUrl: string | null
  readonly parent?: string | null
}

/** The run as a worker took it: a write with an epoch that is not the newest is refused. */
export interface Lease {
  readonly runId: string
  readonly epoch: number
}

export type Ending =
  | { readonly state: 'done'; readonly report: Report; readonly problemKeys: readonly string[] }
  | { readonly state: 'failed'; readonly failure: ConnectFailure; readonly problemKeys: readonly string[] }

/** Slack lets a response_url be used for 30 minutes. */
const columns = `
  id, code, team, json_build_object('kind', actor_kind, 'id', actor_id) AS actor, topic, reason, host, production, channel,
  CASE WHEN created_at > now() - interval '30 minutes' THEN response_url END AS "responseUrl", state, epoch,
  runbook_digest AS "runbookDigest", host_key AS "hostKey", report, failure, problem_keys AS "problemKeys", parent,
  created_at AS "createdAt", started_at AS "startedAt", ended_at AS "endedAt"`

/** Rows first, so that `queue.send` in the same transaction makes the run and its job appear together. */
export async function createRun(tx: Queryable, run: NewRun, draw = randomCode): Promise<Run> {
  for (let attempt = 0; ; attempt++) {
    // Two tries a length: 4 characters name a million runs of a team, 5 thirty million.
    const code = draw(4 + Math.floor(attempt / 2))
    const created = await one(
      tx,
      `INSERT INTO debvisor.runs
         (code, team, actor_kind, actor_id, topic, host, production, channel, response_url, parent, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT (team, code) DO NOTHING RETURNING ${columns}`,
      [
        code,
        run.team,
        run.actor.kind,
        run.actor.id,
        run.topic,
        run.host,
        run.production,
        run.channel,
        run.responseUrl,
        run.parent ?? null,
        run.reason ?? null,
      ],
    )
    if (created) return created
  }
}

/** False: it had ended when the first version came that calls whoever asked. */
export async function callsAsker(db: Queryable, runId: string): Promise<boolean> {
  const { rows } = await db.query<{ calls: boolean }>(
    'SELECT calls_asker AS calls FROM debvisor.runs WHERE id = $1',
    [runId],
  )
  return rows[0]?.calls ?? false
}

export function getRun(db: Queryable, id: string): Promise<Run | null> {
  return one(db, `SELECT ${columns} FROM debvisor.runs WHERE id = $1`, [id])
}

/** `typed` as people type it: any case, O for 0, I or L for 1. */
export function findRunByCode(db: Queryable, team: string, typed: string): Promise<Run | null> {
  return one(db, `SELECT ${columns} FROM debvisor.runs WHERE team = $1 AND code = $2`, [
    team,
    readCode(typed),
  ])
}

/**
 * Takes the run, from a dead worker too; its earlier epochs can write no more. Null: it has ended, or there is none.
 */
export function claimRun(db: Queryable, id: string, worker: string): Promise<Run | null> {
  return one(
    db,
    `UPDATE debvisor.runs
     SET state = 'running', epoch = epoch + 1, worker = $2, started_at = coalesce(started_at, now())
     WHERE id = $1 AND state IN ('queued', 'running') RETURNING ${columns}`,
    [id, worker],
  )
}

/** What is known once the run has begun; a fact left out stays as it is. False: the lease is old. */
export function noteRun(
  db: Queryable,
  lease: Lease,
  facts: { readonly runbookDigest?: string | null; readonly hostKey?: string | null },
): Promise<boolean> {
  return changed(
    db,
    `UPDATE debvisor.runs SET runbook_digest = coalesce($3, runbook_digest), host_key = coalesce($4, host_key)
     WHERE id = $1 AND epoch = $2 AND state = 'running'`,
    [lease.runId, lease.epoch, facts.runbookDigest ?? null, facts.hostKey ?? null],
  )
}

/** False: the lease is old, or the run has ended already. */
export function finishRun(db: Queryable, lease: Lease, ending: Ending): Promise<boolean> {
  return changed(
    db,
    `UPDATE debvisor.runs SET state = $3, report = $4, failure = $5, problem_keys = $6, ended_at = now()
     WHERE id = $1 AND epoch = $2 AND state = 'running'`,
    [
      lease.runId,
      lease.epoch,
      ending.state,
      ending.state === 'done' ? JSON.stringify(ending.report) : null,
      ending.state === 'failed' ? JSON.stringify(ending.failure) : null,
      ending.problemKeys,
    ],
  )
}

/** Whoever works at it finds its lease old. Null: it has ended already. */
export function cancelRun(db: Queryable, id: string): Promise<Run | null> {
  return one(
    db,
    `UPDATE debvisor.runs SET state = 'cancelled', epoch = epoch + 1, ended_at = now()
     WHERE id = $1 AND state IN ('queued', 'running') RETURNING ${columns}`,
    [id],
  )
}

/** Newest first. */
export async function recentRuns(db: Queryable, team: string, limit: number): Promise<Run[]> {
  const sql = `SELECT ${columns} FROM debvisor.runs WHERE team = $1 ORDER BY created_at DESC, id LIMIT $2`
  return (await db.query<Run>(sql, [team, limit])).rows
}

/** Queued and running, oldest first. */
export async function openRuns(db: Queryable, team: string): Promise<Run[]> {
  const sql = `SELECT ${columns} FROM debvisor.runs
               WHERE team = $1 AND state IN ('queued', 'running') ORDER BY created_at, id`
  return (await db.query<Run>(sql, [team])).rows
}

/** The last run with a verdict on the same topic and host that was asked for before this one. */
export function previousRun(
  db: Queryable,
  { team, topic, host, createdAt }: Pick<Run, 'team' | 'topic' | 'host' | 'createdAt'>,
): Promise<Run | null> {
  return one(
    db,
    `SELECT ${columns} FROM debvisor.runs
     WHERE team = $1 AND topic = $2 AND host = $3 AND state = 'done' AND created_at < $4
     ORDER BY created_at DESC LIMIT 1`,
    [team, topic, host, createdAt],
  )
}

/** Seconds since the last run of the same topic on the same host that found nothing began; undefined: there is none. */
export async function sinceHealthyRun(
  db: Queryable,
  { team, topic, host, createdAt }: Pick<Run, 'team' | 'topic' | 'host' | 'createdAt'>,
): Promise<number | undefined> {
  const { rows } = await db.query<{ seconds: number }>(
    `SELECT extract(epoch FROM now() - started_at)::float8 AS seconds FROM debvisor.runs
     WHERE team = $1 AND topic = $2 AND host = $3 AND state = 'done' AND created_at < $4 AND report->>'verdict' = 'healthy'
     ORDER BY created_at DESC LIMIT 1`,
    [team, topic, host, createdAt],
  )
  return rows[0]?.seconds
}

/** Crockford's base 32: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function randomCode(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

function readCode(typed: string): string {
  return typed.trim().toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')
}

async function one(db: Queryable, sql: string, params: readonly unknown[]): Promise<Run | null> {
  return (await db.query<Run>(sql, params)).rows[0] ?? null
}

async function changed(db: Queryable, sql: string, params: readonly unknown[]): Promise<boolean> {
  return (await db.query(sql, params)).rowCount === 1
}
