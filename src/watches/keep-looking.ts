import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable } from '../store/db.ts'
import type { Looker } from './looker.ts'
import { dueLooks, dueSchedules, endedScheduled } from './schedule-store.ts'
import { judgeScheduled, takeScheduledLook, takeTime } from './scheduled-looks.ts'
import { giveUp, judgeLook, takeLook } from './watch-looks.ts'
import { dueWatches, endedLooks, overdueWatches } from './watch-store.ts'

const EVERY_MS = 1_000
/** Of each kind, at a time. */
const MOST = 20

/** Looks for what is due, for as long as the bot runs. Every replica does; who claims a row has it. */
export function keepLooking(looker: Looker): { stop(graceMs: number): Promise<void> } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let looking = Promise.resolve()
  const tick = (): void => {
    looking = lookOnce(looker, () => stopped)
      .catch((error: unknown) => complain(looker, error))
      .then(() => {
        if (!stopped) timer = setTimeout(tick, EVERY_MS)
      })
  }
  tick()
  return {
    // Slack may be slow to say who somebody is. What was not stored by then, another replica does.
    async stop(graceMs) {
      stopped = true
      clearTimeout(timer)
      const grace = new AbortController()
      await Promise.race([
        looking,
        delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined),
      ])
      grace.abort()
    },
  }
}

const complain = ({ log }: Pick<Looker, 'log'>, error: unknown): void =>
  log.error({ err: error }, 'watches and schedules were not looked after; it goes on')

/** Cheaper than all that follows, for who looks often. */
async function anyToServe(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM debvisor.watches
         WHERE ended_at IS NULL AND (next_at <= now() OR until <= now()))
       OR EXISTS (SELECT 1 FROM debvisor.watches WHERE look IS NOT NULL)
       OR EXISTS (SELECT 1 FROM debvisor.schedules WHERE ended_at IS NULL AND next_at <= now())
       OR EXISTS (SELECT 1 FROM debvisor.scheduled_looks WHERE due_at IS NOT NULL OR look IS NOT NULL) AS any`,
  )
  return rows[0]?.any ?? false
}

/** One round: what has ended is judged first, so that what is over begins nothing. */
export async function lookOnce(looker: Looker, isStopped = (): boolean => false): Promise<void> {
  const { store } = looker
  if (!(await anyToServe(store))) return
  // One that cannot be served must not keep the others waiting.
  const each = async <T>(all: readonly T[], serve: (one: T) => Promise<unknown>): Promise<void> => {
    for (const one of all)
      if (!isStopped()) await serve(one).catch((error: unknown) => complain(looker, error))
  }
  await each(await endedLooks(store, MOST), (ended) => judgeLook(looker, ended))
  await each(await endedScheduled(store, MOST), (ended) => judgeScheduled(looker, ended))
  await each(await overdueWatches(store, MOST), (watch) => giveUp(looker, watch))
  await each(await dueWatches(store, MOST), (watch) => takeLook(looker, watch))
  await each(await dueSchedules(store, MOST), (schedule) => takeTime(looker, schedule))
  await each(await dueLooks(store, MOST), (due) => takeScheduledLook(looker, due))
}
