import { startDeadline } from '../async/deadline.ts'
import type { Queryable } from '../store/db.ts'
import { type Figure, figure } from './figure.ts'
import { lanes } from './meter.ts'

/** What all replicas share, as the store has it. */
export interface StoreFigures {
  /** Undefined: the store does not answer, and nobody knows. Never throws. */
  read(): Promise<readonly Figure[] | undefined>
}

/** A scraper gives up after ten seconds. */
const MOST_MS = 2_000
/** However often is scraped, the store is asked once in so long. */
const FRESH_MS = 5_000

const CHANNELS = ['page', 'mail', 'message']

/**
 * Each part reads what an index holds of the rows that are open, however many have ended. (`blocked` is in the index's
 * own condition; no job of ours ever is.)
 */
const SQL = `
WITH open AS (
  SELECT origin, state, extract(epoch FROM now() - due_at)::float8 AS age
  FROM debvisor.runs WHERE state IN ('queued', 'running') AND (state = 'running' OR due_at <= now())
), draws AS (
  SELECT extract(epoch FROM now() - greatest(created_on, start_after))::float8 AS age FROM debvisor_queue.job
  WHERE name IN ('redraw', 'alert-summary', 'schedule-ended', 'fleet') AND state < 'active' AND NOT blocked
    AND (state = 'retry' OR start_after <= now())
)
SELECT
  (SELECT json_agg(l) FROM (
    SELECT origin, count(*) FILTER (WHERE state = 'queued') AS waiting,
      coalesce(max(age) FILTER (WHERE state = 'queued'), 0) AS oldest,
      count(*) FILTER (WHERE state = 'running') AS running
    FROM open GROUP BY origin) AS l) AS lanes,
  (SELECT json_agg(c) FROM (
    SELECT channel, count(*) AS waiting, extract(epoch FROM now() - min(created_at))::float8 AS oldest
    FROM debvisor.sendings WHERE state = 'waiting' GROUP BY channel) AS c) AS channels,
  (SELECT count(*) FROM draws) AS draws,
  (SELECT coalesce(max(age), 0) FROM draws) AS oldest,
  (SELECT count(*) FROM debvisor_queue.instance
   WHERE stopped_on IS NULL AND heartbeat_on > now() - heartbeat_seconds * interval '2 s') AS replicas,
  (SELECT count FROM debvisor.audit_head) AS audit`

interface Answer {
  readonly lanes: readonly LaneRow[] | null
  readonly channels: readonly ChannelRow[] | null
  readonly draws: number
  readonly oldest: number
  readonly replicas: number
  readonly audit: number
}
interface LaneRow {
  readonly origin: string
  readonly waiting: number
  readonly oldest: number
  readonly running: number
}
interface ChannelRow {
  readonly channel: string
  readonly waiting: number
  readonly oldest: number
}

/** One query at a time, with a deadline: a store that hangs is asked again when it has answered, and not before. */
export function watchStore(store: Queryable, now: () => number): StoreFigures {
  let known: { readonly at: number; readonly figures: readonly Figure[] | undefined } | undefined
  let asked: Promise<readonly Figure[] | undefined> | undefined
  const ask = async (): Promise<readonly Figure[] | undefined> => {
    const answer = await store.query<Answer>(SQL).then(
      ({ rows }) => rows[0],
      () => undefined,
    )
    const figures = answer && figuresOf(answer)
    known = { at: now(), figures }
    asked = undefined
    return figures
  }
  return {
    async read() {
      if (known && now() - known.at < FRESH_MS) return known.figures
      asked ??= ask()
      const deadline = startDeadline(MOST_MS)
      const figures = await Promise.race([asked, deadline.reached.then(() => undefined)])
      deadline.clear()
      return figures
    },
  }
}

function figuresOf({ lanes: open, channels, draws, oldest, replicas, audit }: Answer): Figure[] {
  const byLane = Object.entries(lanes).flatMap(([origin, lane]) => {
    const row = open?.find((one) => one.origin === origin)
    return [
      figure('debvisor_queue_runs', row?.waiting ?? 0, { lane }),
      figure('debvisor_queue_oldest_seconds', row?.oldest ?? 0, { lane }),
      figure('debvisor_runs_running', row?.running ?? 0, { lane }),
    ]
  })
  const byChannel = CHANNELS.flatMap((channel) => {
    const row = channels?.find((one) => one.channel === channel)
    return [
      figure('debvisor_outbox_waiting', row?.waiting ?? 0, { channel }),
      figure('debvisor_outbox_oldest_seconds', row?.oldest ?? 0, { channel }),
    ]
  })
  return [
    ...byLane,
    ...byChannel,
    figure('debvisor_draws_waiting', draws, {}),
    figure('debvisor_draws_oldest_seconds', oldest, {}),
    figure('debvisor_replicas', replicas, {}),
    figure('debvisor_audit_rows', audit, {}),
  ]
}
