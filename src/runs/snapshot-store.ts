import type { Sibling } from '../snapshots/siblings.ts'
import type { Snapshot } from '../snapshots/snapshot.ts'
import { snapshotSchema } from '../snapshots/snapshot-file.ts'
import type { Queryable } from '../store/db.ts'
import type { Run } from './run.ts'

type Examined = Pick<Run, 'team' | 'host' | 'topic'>

/** What is older tells nothing of today's trouble, and its host may be gone. */
const LONGEST_DAYS = 30

/** Seconds since 1970. */
export const oldestKept = (at: number): number => at - LONGEST_DAYS * 86_400

/**
 * Keeps the snapshot of a healthy run in place of an older one of the same topic. A run that was asked for later stays
 * where both ended at once.
 */
export async function saveSnapshot(
  db: Queryable,
  run: Examined & Pick<Run, 'id'>,
  snapshot: Snapshot,
): Promise<void> {
  await db.query(
    `INSERT INTO debvisor.snapshots (team, host, topic, run_id, taken_at, snapshot)
     VALUES ($1, $2, $3, $4, to_timestamp($5), $6)
     ON CONFLICT (team, host, topic) DO UPDATE
       SET run_id = excluded.run_id, taken_at = excluded.taken_at, snapshot = excluded.snapshot
       WHERE debvisor.snapshots.taken_at <= excluded.taken_at`,
    [run.team, run.host, run.topic, run.id, snapshot.at, JSON.stringify(snapshot)],
  )
}

/** The newest one of the same topic among these other hosts; undefined: there is none that this version reads. */
export async function siblingSnapshot(
  db: Queryable,
  { team, topic }: Pick<Examined, 'team' | 'topic'>,
  hosts: readonly string[],
): Promise<Sibling | undefined> {
  if (hosts.length === 0) return undefined
  const { rows } = await db.query<{ host: string; snapshot: unknown }>(
    `SELECT host, snapshot FROM debvisor.snapshots
     WHERE team = $1 AND topic = $2 AND host = ANY($3) AND taken_at > now() - $4 * interval '1 day'
     ORDER BY taken_at DESC LIMIT 1`,
    [team, topic, hosts, LONGEST_DAYS],
  )
  const [first] = rows
  const read = snapshotSchema.safeParse(first?.snapshot)
  return first && read.success ? { name: first.host, snapshot: read.data } : undefined
}

/**
 * That of the newest healthy run of the same topic on the same host; else of another topic's, for which the host was
 * well at least. Undefined: there is none that this version reads.
 */
export async function healthySnapshot(
  db: Queryable,
  { team, host, topic }: Examined,
): Promise<Snapshot | undefined> {
  const { rows } = await db.query<{ snapshot: unknown }>(
    `SELECT snapshot FROM debvisor.snapshots
     WHERE team = $1 AND host = $2 AND taken_at > now() - $4 * interval '1 day'
     ORDER BY topic = $3 DESC, taken_at DESC LIMIT 1`,
    [team, host, topic, LONGEST_DAYS],
  )
  const read = snapshotSchema.safeParse(rows[0]?.snapshot)
  return read.success ? read.data : undefined
}
