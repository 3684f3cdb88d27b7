import type { Queryable } from '../../store/db.ts'
import type { Actor } from '../run.ts'
import { fairOrder, isOfPeople, type Origin, type WaitingRun } from './fair-order.ts'
import { openRuns } from './open-runs.ts'

export interface WaitingLimits {
  readonly waiting: number
  readonly waitingPerChannel: number
  readonly waitingPerUser: number
}

export interface Asked {
  readonly team: string
  readonly actor: Actor
  readonly origin: Origin
  readonly channel: string
}

/** A run that is not started, since enough of them wait. */
export interface OverLimit {
  readonly limit: 'user' | 'channel' | 'all'
  readonly most: number
  /** When one of those that wait is taken, in milliseconds, as fast as it goes at present; null where nothing tells. */
  readonly freeInMs: number | null
  /** The code of one that the asker could cancel. */
  readonly own: string | null
}

/**
 * Null: there is room for one more. Requests of the same moment do not wait for each other, so that a few more may get in.
 * Alerts and watches leave half of the queue to people. Hosts of fleets have places of their own
 * (fleet/runs/fleet-limits.ts).
 */
export async function overLimit(
  tx: Queryable,
  asked: Asked,
  limits: WaitingLimits,
): Promise<OverLimit | null> {
  const { rows } = await tx.query<Counts>(
    `SELECT count(*) FILTER (WHERE origin <> 'fleet') AS all, count(*) FILTER (WHERE channel = $1 AND origin = $2) AS channel,
       count(*) FILTER (WHERE actor_kind = $3 AND actor_id = $4) AS user
     FROM debvisor.runs WHERE team = $5 AND state = 'queued'`,
    [asked.channel, asked.origin, asked.actor.kind, asked.actor.id, asked.team],
  )
  const [waiting] = rows
  const reached = waiting && mostOf(asked, limits).find(({ limit, most }) => waiting[limit] >= most)
  if (!reached) return null
  return { ...reached, freeInMs: await freeIn(tx, reached.limit, asked), own: await newestOwn(tx, asked) }
}

type Counts = Readonly<Record<OverLimit['limit'], number>>

const mostOf = ({ actor, origin }: Asked, limits: WaitingLimits): Pick<OverLimit, 'limit' | 'most'>[] => [
  ...(actor.kind === 'user' ? [{ limit: 'user', most: limits.waitingPerUser } as const] : []),
  { limit: 'channel', most: limits.waitingPerChannel },
  { limit: 'all', most: isOfPeople(origin) ? limits.waiting : Math.ceil(limits.waiting / 2) },
]

async function freeIn(tx: Queryable, limit: OverLimit['limit'], asked: Asked): Promise<number | null> {
  const asker = `${asked.actor.kind}:${asked.actor.id}`
  const isOne: Readonly<Record<OverLimit['limit'], (run: WaitingRun) => boolean>> = {
    user: (run) => run.asker === asker,
    channel: (run) => run.channel === asked.channel && run.origin === asked.origin,
    all: () => true,
  }
  const before = fairOrder(await openRuns(tx)).findIndex(isOne[limit])
  const gap = await gapBetweenStarts(tx, asked.team)
  return before === -1 || gap === null ? null : (before + 1) * gap
}

/** Fewer tell nothing of how fast it goes. */
const ENOUGH = 5

/** Milliseconds, of the last ten minutes. */
async function gapBetweenStarts(tx: Queryable, team: string): Promise<number | null> {
  const { rows } = await tx.query<{ gap: number }>(
    `SELECT (extract(epoch FROM now() - min(started_at)) * 1000 / count(*))::float8 AS gap FROM debvisor.runs
     WHERE team = $1 AND created_at > now() - interval '30 minutes' AND started_at > now() - interval '10 minutes'
     HAVING count(*) >= $2`,
    [team, ENOUGH],
  )
  return rows[0]?.gap ?? null
}

async function newestOwn(tx: Queryable, { team, actor }: Asked): Promise<string | null> {
  const { rows } = await tx.query<{ code: string }>(
    `SELECT code FROM debvisor.runs WHERE team = $1 AND state = 'queued' AND actor_kind = $2 AND actor_id = $3
     ORDER BY created_at DESC LIMIT 1`,
    [team, actor.kind, actor.id],
  )
  return rows[0]?.code ?? null
}
