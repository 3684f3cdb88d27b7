import { randomInt } from 'node:crypto'
import type { Queryable } from '../store/db.ts'
import type { Origin } from './queue/fair-order.ts'
import type { Actor, Run } from './run.ts'

export interface NewRun {
  readonly team: string
  readonly actor: Actor
  /** Default: a person. */
  readonly origin?: Origin
  readonly topic: string
  readonly reason?: string | null
  readonly host: string
  readonly production: boolean
  readonly channel: string
  readonly thread?: string | null
  readonly responseUrl: string | null
  readonly parent?: string | null
  /** It is not taken before. */
  readonly afterMs?: number
  /** Nothing of it is posted. */
  readonly isQuiet?: boolean
}

/** Of debvisor.runs, as a Run has them. Slack lets a response_url be used for 30 minutes. */
export const runColumns = `
  id, code, team, json_build_object('kind', actor_kind, 'id', actor_id) AS actor, origin, topic, reason, host,
  production,
  channel, thread,
  CASE WHEN created_at > now() - interval '30 minutes' THEN response_url END AS "responseUrl", state, epoch,
  runbook_digest AS "runbookDigest", host_key AS "hostKey", report, failure, problem_keys AS "problemKeys", parent,
  EXISTS (SELECT 1 FROM debvisor.fixes WHERE recheck = runs.id) AS "afterFix", is_quiet AS "isQuiet",
  cancelled_by AS "cancelledBy", created_at AS "createdAt", started_at AS "startedAt", ended_at AS "endedAt"`

/** Rows first, so that `queue.send` in the same transaction makes the run and its job appear together. */
export async function createRun(tx: Queryable, run: NewRun, draw = randomCode): Promise<Run> {
  for (let attempt = 0; ; attempt++) {
    // Two tries a length: 4 characters name a million runs of a team, 5 thirty million.
    const code = draw(4 + Math.floor(attempt / 2))
    const created = await oneRun(
      tx,
      `INSERT INTO debvisor.runs
         (code, team, actor_kind, actor_id, topic, host, production, channel, response_url, parent, reason, thread, origin, due_at,
          is_quiet)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + $14 * interval '1 ms', $15)
       ON CONFLICT (team, code) DO NOTHING RETURNING ${runColumns}`,
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
        run.thread ?? null,
        run.origin ?? 'person',
        run.afterMs ?? 0,
        run.isQuiet ?? false,
      ],
    )
    if (created) return created
  }
}

/**
 * Whether whoever asked is called in the thread. False: the run had ended before the first version came that does so.
 */
export async function callsAsker(db: Queryable, runId: string): Promise<boolean> {
  const { rows } = await db.query<{ calls: boolean }>(
    'SELECT calls_asker AS calls FROM debvisor.runs WHERE id = $1',
    [runId],
  )
  return rows[0]?.calls ?? false
}

/** The thread that it was asked for in is gone: it gets one of its own. */
export async function leaveThread(db: Queryable, runId: string): Promise<void> {
  await db.query('UPDATE debvisor.runs SET thread = NULL WHERE id = $1', [runId])
}

export function getRun(db: Queryable, id: string): Promise<Run | null> {
  return oneRun(db, `SELECT ${runColumns} FROM debvisor.runs WHERE id = $1`, [id])
}

/** Of those that there are, in no order. */
export async function runsById(db: Queryable, ids: readonly string[]): Promise<Run[]> {
  return (await db.query<Run>(`SELECT ${runColumns} FROM debvisor.runs WHERE id = ANY ($1)`, [ids])).rows
}

/** `typed` as people type it: any case, O for 0, I or L for 1. */
export function findRunByCode(db: Queryable, team: string, typed: string): Promise<Run | null> {
  return oneRun(db, `SELECT ${runColumns} FROM debvisor.runs WHERE team = $1 AND code = $2`, [
    team,
    readCode(typed),
  ])
}

/** Of every team that has one of that code: for whoever holds the store itself. */
export async function runsOfCode(db: Queryable, typed: string): Promise<Run[]> {
  const sql = `SELECT ${runColumns} FROM debvisor.runs WHERE code = $1 LIMIT 2`
  return (await db.query<Run>(sql, [readCode(typed)])).rows
}

/** Newest first, without those of which nothing is posted. */
export async function recentRuns(db: Queryable, team: string, limit: number): Promise<Run[]> {
  const sql = `SELECT ${runColumns} FROM debvisor.runs WHERE team = $1 AND NOT is_quiet ORDER BY created_at DESC, id LIMIT $2`
  return (await db.query<Run>(sql, [team, limit])).rows
}

/** Queued and running, oldest first. */
export async function openRuns(db: Queryable, team: string): Promise<Run[]> {
  const sql = `SELECT ${runColumns} FROM debvisor.runs
               WHERE team = $1 AND state IN ('queued', 'running') ORDER BY created_at, id`
  return (await db.query<Run>(sql, [team])).rows
}

/** The last run with a verdict on the same topic and host that was asked for before this one. */
export function previousRun(
  db: Queryable,
  { team, topic, host, createdAt }: Pick<Run, 'team' | 'topic' | 'host' | 'createdAt'>,
): Promise<Run | null> {
  return oneRun(
    db,
    `SELECT ${runColumns} FROM debvisor.runs
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
     WHERE team = $1 AND topic = $2 AND host = $3 AND state = 'done' AND created_at < $4
       AND report->>'verdict' = 'healthy'
     ORDER BY created_at DESC LIMIT 1`,
    [team, topic, host, createdAt],
  )
  return rows[0]?.seconds
}

/** Crockford's base 32: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function randomCode(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

export function readCode(typed: string): string {
  return typed.trim().toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')
}

/** The first row of a statement that returns `runColumns`; null: there is none. */
export async function oneRun(db: Queryable, sql: string, params: readonly unknown[]): Promise<Run | null> {
  return (await db.query<Run>(sql, params)).rows[0] ?? null
}
