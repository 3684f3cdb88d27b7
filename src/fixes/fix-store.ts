import type { FixStep, RenderedFix } from '../engine/plan/render-fix.ts'
import type { FixTouches } from '../findings/fix-touches.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Queryable } from '../store/db.ts'

/**
 * `proposed`: shown to one person in a form. `awaiting-approval`: asked for, on production. `approved`: its job works
 * at it. `running`: a command may have been sent. `unknown`: it was sent, and nobody knows what came of it. `void`:
 * something differs from what was approved. Everything from `succeeded` on is final.
 */
export type FixState =
  | 'proposed'
  | 'awaiting-approval'
  | 'approved'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'unknown'
  | 'refused'
  | 'expired'
  | 'void'

export interface Fix {
  /** uuid; opaque, the only thing that a button or a form carries. */
  readonly id: string
  readonly team: string
  readonly runId: string
  readonly finding: string
  readonly subject: string
  readonly fix: string
  readonly topic: string
  readonly host: string
  readonly production: boolean
  readonly runbookDigest: string
  readonly hostKey: string
  readonly steps: readonly FixStep[]
  readonly title: string
  readonly effect: string
  readonly risk: string
  readonly settleMs: number
  /** As the form showed it; null: asked for before this was written down. */
  readonly touches: SeenTouches | null
  readonly state: FixState
  /** Slack users. */
  readonly requester: string
  readonly approver: string | null
  readonly decliner: string | null
  readonly epoch: number
  readonly begun: number
  /** One a step that was answered. */
  readonly results: readonly ProbeRecord[]
  readonly reason: string | null
  /** The run that looked afterwards. */
  readonly recheck: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly requestedAt: Date | null
  readonly decidedAt: Date | null
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

export interface SeenTouches extends FixTouches {
  /** When the run saw it, in ISO 8601. */
  readonly seenAt: string
}

/** Who asked for it took it back. */
export const isWithdrawn = ({ requester, decliner }: Pick<Fix, 'requester' | 'decliner'>): boolean =>
  decliner === requester

export interface NewFix
  extends Omit<RenderedFix, 'id' | 'touches'>,
    Pick<
      Fix,
      | 'team'
      | 'runId'
      | 'finding'
      | 'subject'
      | 'fix'
      | 'topic'
      | 'host'
      | 'production'
      | 'runbookDigest'
      | 'hostKey'
      | 'requester'
      | 'touches'
    > {}

/** Of a row of debvisor.fixes, as a Fix has them. */
export const fixColumns = `
  id, team, run_id AS "runId", finding, subject, fix, topic, host, production,
  runbook_digest AS "runbookDigest", host_key AS "hostKey", steps, title, effect, risk, settle_ms AS "settleMs", touches,
  state, requester, approver, decliner, epoch, begun, results, reason, recheck,
  created_at AS "createdAt", expires_at AS "expiresAt", requested_at AS "requestedAt", decided_at AS "decidedAt",
  started_at AS "startedAt", ended_at AS "endedAt"`

/** What the form shows: from here on these commands are the ones that are asked for, and no others. */
export async function proposeFix(tx: Queryable, fix: NewFix): Promise<Fix> {
  const created = await oneFix(
    tx,
    `INSERT INTO debvisor.fixes
       (team, run_id, finding, subject, fix, topic, host, production, runbook_digest, host_key, steps,
        title, effect, risk, settle_ms, requester, touches)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING ${fixColumns}`,
    [
      fix.team,
      fix.runId,
      fix.finding,
      fix.subject,
      fix.fix,
      fix.topic,
      fix.host,
      fix.production,
      fix.runbookDigest,
      fix.hostKey,
      JSON.stringify(fix.steps),
      fix.title,
      fix.effect,
      fix.risk,
      fix.settleMs,
      fix.requester,
      fix.touches && JSON.stringify(fix.touches),
    ],
  )
  if (!created) throw new Error('a row that was inserted did not come back')
  return created
}

export const getFix = (db: Queryable, id: string): Promise<Fix | null> =>
  oneFix(db, `SELECT ${fixColumns} FROM debvisor.fixes WHERE id = $1`, [id])

/** Those that were asked for, oldest first; a form that was only looked at is nobody's business. */
export const fixesOfRun = (db: Queryable, runId: string): Promise<Fix[]> =>
  all(
    db,
    `SELECT ${fixColumns} FROM debvisor.fixes WHERE run_id = $1 AND requested_at IS NOT NULL ORDER BY requested_at, id`,
    [runId],
  )

/** Those that wait for somebody else than `user`, the one first whose time is over first. */
export const fixesToApprove = (db: Queryable, team: string, user: string, limit: number): Promise<Fix[]> =>
  all(
    db,
    `SELECT ${fixColumns} FROM debvisor.fixes
     WHERE team = $1 AND state = 'awaiting-approval' AND requester <> $2 AND expires_at > now()
     ORDER BY expires_at, id LIMIT $3`,
    [team, user, limit],
  )

/** The fix that this run looks after. */
export const fixOfRecheck = (db: Queryable, runId: string): Promise<Fix | null> =>
  oneFix(db, `SELECT ${fixColumns} FROM debvisor.fixes WHERE recheck = $1`, [runId])

export type Obstacle = 'busy' | 'used' | 'stale'

/**
 * Why nothing of this run may be applied now. `busy`: another change of that host is under way. `used`: what the run
 * found was acted on. `stale`: it is older than half an hour, or a newer run has looked. The host's changes wait for
 * each other until the transaction ends.
 */
export async function obstacleTo(
  tx: Queryable,
  about: { readonly team: string; readonly host: string; readonly runId: string },
): Promise<Obstacle | undefined> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('fix ' || $1 || ' ' || $2, 0))`, [
    about.team,
    about.host,
  ])
  const { rows } = await tx.query<{ busy: boolean; used: boolean; stale: boolean }>(
    `SELECT
       EXISTS (SELECT FROM debvisor.fixes f WHERE f.team = $1 AND f.host = $2 AND (f.state = 'running'
         OR f.state IN ('awaiting-approval', 'approved') AND f.expires_at > now())) AS busy,
       EXISTS (SELECT FROM debvisor.fixes f WHERE f.run_id = $3 AND f.started_at IS NOT NULL) AS used,
       NOT EXISTS (SELECT FROM debvisor.runs r
         WHERE r.id = $3 AND r.state = 'done' AND r.ended_at > now() - interval '30 minutes'
           AND NOT EXISTS (SELECT FROM debvisor.runs n
             WHERE n.team = r.team AND n.topic = r.topic AND n.host = r.host AND n.state = 'done'
               AND n.ended_at > r.ended_at)) AS stale`,
    [about.team, about.host, about.runId],
  )
  const found = rows[0]
  if (found?.used) return 'used'
  if (found?.busy) return 'busy'
  return found?.stale ? 'stale' : undefined
}

/** The form was submitted by whom it was opened for: on production it now waits for somebody else, for 15 minutes. */
export const requestFix = (tx: Queryable, id: string, requester: string): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes SET state = CASE WHEN production THEN 'awaiting-approval' ELSE 'approved' END,
       requested_at = now(), expires_at = now() + interval '15 minutes'
     WHERE id = $1 AND state = 'proposed' AND requester = $2 AND expires_at > now() RETURNING ${fixColumns}`,
    [id, requester],
  )

/** Null: it waits no more, its time is over, or it is the one who asked. */
export const approveFix = (tx: Queryable, id: string, approver: string): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes SET state = 'approved', approver = $2, decided_at = now()
     WHERE id = $1 AND state = 'awaiting-approval' AND requester <> $2 AND expires_at > now() RETURNING ${fixColumns}`,
    [id, approver],
  )

/** By somebody else, or by who asked. */
export const declineFix = (tx: Queryable, id: string, decliner: string): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes SET state = 'refused', decliner = $2, decided_at = now(), ended_at = now()
     WHERE id = $1 AND state = 'awaiting-approval' AND expires_at > now() RETURNING ${fixColumns}`,
    [id, decliner],
  )

/** By the database's clock; null where its time is not over, or it is past that. */
export const expireFix = (tx: Queryable, id: string): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes SET state = 'expired', ended_at = now()
     WHERE id = $1 AND state IN ('awaiting-approval', 'approved') AND expires_at <= now()
     RETURNING ${fixColumns}`,
    [id],
  )

/** All of a host whose time is over. */
export const expireOn = (tx: Queryable, team: string, host: string): Promise<Fix[]> =>
  all(
    tx,
    `UPDATE debvisor.fixes SET state = 'expired', ended_at = now()
     WHERE team = $1 AND host = $2 AND state IN ('awaiting-approval', 'approved') AND expires_at <= now()
     RETURNING ${fixColumns}`,
    [team, host],
  )

/** Before anything was sent: it differs from what was approved (`void`), or cannot be begun (`failed`). */
export const stopFix = (
  tx: Queryable,
  id: string,
  state: 'void' | 'failed',
  reason: string,
): Promise<Fix | null> =>
  oneFix(
    tx,
    `UPDATE debvisor.fixes SET state = $2, reason = $3, ended_at = now()
     WHERE id = $1 AND state = 'approved' RETURNING ${fixColumns}`,
    [id, state, reason],
  )

export async function noteRecheck(tx: Queryable, id: string, runId: string): Promise<void> {
  await tx.query('UPDATE debvisor.fixes SET recheck = $2 WHERE id = $1 AND recheck IS NULL', [id, runId])
}

async function all(db: Queryable, sql: string, params: readonly unknown[]): Promise<Fix[]> {
  return (await db.query<Fix>(sql, params)).rows
}

/** The first row of a statement that returns `fixColumns`; null: there is none. */
export async function oneFix(db: Queryable, sql: string, params: readonly unknown[]): Promise<Fix | null> {
  return (await all(db, sql, params))[0] ?? null
}
