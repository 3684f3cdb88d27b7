import { nextTime } from '../async/cron.ts'
import type { Store } from '../store/store.ts'
import type { Target } from './schedule.ts'
import {
  addSchedule,
  changeSchedule,
  endSchedule,
  type NewSchedule,
  openSchedules,
  storeTime,
} from './schedule-store.ts'

export interface ConfiguredSchedule extends Target {
  readonly name: string
  readonly cron: string
  readonly timezone: string
  readonly channel: string
}

/**
 * The rows of what the configuration says, at each start: new ones are added, changed ones changed, and those that it has
 * no longer are over. What was seen by a schedule stays known, unless it tells another channel from now on.
 */
export function keepConfigured(
  store: Pick<Store, 'tx'>,
  team: string,
  configured: readonly ConfiguredSchedule[],
): Promise<void> {
  return store.tx(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('debvisor.schedules', 0))`)
    const now = await storeTime(tx)
    const stored = new Map(
      (await openSchedules(tx, team)).flatMap((each) => (each.name === null ? [] : [[each.name, each]])),
    )
    for (const each of configured) {
      const nextAt = nextTime(each.cron, each.timezone, now)
      if (!nextAt) continue
      const wanted: NewSchedule = { ...each, team, user: null, nextAt }
      const known = stored.get(each.name)
      if (known) await changeSchedule(tx, known, wanted)
      else await addSchedule(tx, wanted)
      stored.delete(each.name)
    }
    for (const { id } of stored.values())
      await endSchedule(tx, id, { outcome: 'stopped', why: 'It is no longer in the configuration.' })
  })
}
