import type { Looker } from './looker.ts'
import { dueLooks, dueSchedules, endedScheduled } from './schedule-store.ts'
import { judgeScheduled, takeScheduledLook, takeTime } from './scheduled-looks.ts'
import { giveUp, judgeLook, takeLook } from './watch-looks.ts'
import { dueWatches, endedLooks, overdueWatches } from './watch-store.ts'

const EVERY_MS = 2_000
/** Of each kind, at a time. */
const MOST = 20

/** Looks for what is due, for as long as the bot runs. Every replica does; who claims a row has it. */
export function keepLooking(looker: Looker): { stop(): Promise<void> } {
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
    async stop() {
      stopped = true
      clearTimeout(timer)
      await looking
    },
  }
}

const complain = ({ log }: Pick<Looker, 'log'>, error: unknown): void =>
  log.error({ err: error }, 'watches and schedules were not looked after; it goes on')

/** One round: what has ended is judged first, so that what is over begins nothing. */
export async function lookOnce(looker: Looker, isStopped = (): boolean => false): Promise<void> {
  const { store } = looker
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
