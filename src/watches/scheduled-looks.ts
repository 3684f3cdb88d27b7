import { authorize, type Decision, type Principal } from '../access/authorize.ts'
import { nextTime } from '../async/cron.ts'
import { showRun } from '../runs/requests/show-run.ts'
import { getRun } from '../runs/run-store.ts'
import { isKnown, whoIs } from '../slack/workspace/who-is.ts'
import type { AuditEntry, WriteAudit } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import { seenBy } from './after-look.ts'
import { beginLook } from './begin-look.ts'
import { forgetOutputs } from './forget-outputs.ts'
import type { Looker } from './looker.ts'
import { LATE_MS, MOST_LOOKS, placesOf, type Schedule, type ScheduledPlace, targetWords } from './schedule.ts'
import {
  claimMissingTime,
  claimScheduled,
  claimTime,
  type DueLook,
  type EndedLook,
  type EndOfSchedule,
  endSchedule,
  getSchedule,
  noteDue,
  noteKnown,
  noteScheduled,
  shownTrouble,
  storeTime,
  takeScheduled,
} from './schedule-store.ts'

const DOOR = 'schedule'

/** "schedule nightly", "schedule #3" */
export const nameOf = ({ name, number }: Schedule): string => name ?? `#${number}`

const entryOf = (schedule: Schedule): Omit<AuditEntry, 'decision' | 'target' | 'reason'> => ({
  ...{ team: schedule.team, actor: schedule.user ?? schedule.name ?? '', door: DOOR, action: 'diagnose' },
  ...{ host: schedule.host, topic: schedule.topic },
  asked: `schedule ${nameOf(schedule)}: ${targetWords(schedule)}, ${schedule.cron} ${schedule.timezone}`,
})

/**
 * Its time has come: what it looks at becomes due, with the rights that it has now. Who comes much later leaves this time
 * out, and what was missed is not caught up.
 */
export async function takeTime(looker: Looker, schedule: Schedule): Promise<void> {
  const { store, hosts, runbooks, log } = looker
  const now = await storeTime(store)
  const nextAt = nextTime(schedule.cron, schedule.timezone, now)
  const places = placesOf(schedule, hosts.inventory, runbooks.topics.keys())
  const gone = {
    outcome: 'gone',
    why: `There is nothing to look at any more: ${targetWords(schedule)}.`,
  } as const
  if (!nextAt) return end(looker, schedule, gone)
  if (places.length === 0 && schedule.user !== null)
    return store.tx(async (tx) => {
      if (await claimMissingTime(tx, schedule, nextAt)) await endIn(tx, store, schedule, gone)
    })
  const principal = await principalOf(looker, schedule)
  const decided = places.map((place) => ({ place, decision: decide(looker, principal, place) }))
  const allowed = decided.filter(({ decision }) => decision.allowed).map(({ place }) => place)
  const [first] = decided
  const isSure = principal.kind !== 'user' || isKnown(looker, principal)
  if (allowed.length === 0 && isSure && schedule.user !== null && first && !first.decision.allowed)
    return end(looker, schedule, { outcome: 'refused', why: first.decision.reason })
  const late = now.getTime() - schedule.nextAt.getTime() > LATE_MS
  const taken = isSure && !late ? allowed.slice(0, MOST_LOOKS) : []
  await store.tx(async (tx) => {
    if (!(await claimTime(tx, schedule, nextAt))) return
    await noteDue(tx, schedule, taken)
    const refusal = decided.find(({ decision }) => !decision.allowed)?.decision
    if (isSure && !late && refusal && !refusal.allowed)
      await store.audit(tx, {
        ...entryOf(schedule),
        decision: 'refused',
        target: null,
        reason: refusal.reason,
      })
  })
  if (taken.length < places.length)
    log.info(
      { schedule: nameOf(schedule), places: places.length, taken: taken.length, late },
      'a schedule leaves something out',
    )
}

const principalOf = async (looker: Looker, { team, user, name }: Schedule): Promise<Principal> =>
  user === null ? { kind: 'schedule', name: name ?? '' } : whoIs(looker, { user, team }, { fresh: false })

const decide = ({ access }: Looker, principal: Principal, place: ScheduledPlace): Decision =>
  authorize(access, { principal, action: 'diagnose', ...place })

/** One of its looks. It may have waited while the rights changed, so it is asked for them itself. */
export async function takeScheduledLook(looker: Looker, due: DueLook): Promise<void> {
  const { store, hosts, log } = looker
  const schedule = await getSchedule(store, due.schedule)
  const host = hosts.inventory.hosts.get(due.host)
  const decision = schedule && decide(looker, await principalOf(looker, schedule), due)
  if (!schedule || !host || !decision?.allowed) {
    await store.tx((tx) => claimScheduled(tx, due))
    return
  }
  const { team, channel } = schedule
  const { door, asked } = entryOf(schedule)
  const came = await beginLook(
    looker,
    {
      ...{ team, host, topic: due.topic, channel },
      by: schedule.user ?? schedule.name ?? '',
      reason: `schedule ${nameOf(schedule)}`,
      parent: await shownTrouble(store, due),
      audit: { door, asked, reason: decision.rule ?? null },
    },
    { claim: (tx) => claimScheduled(tx, due), begun: (tx, look) => noteScheduled(tx, due, look.id) },
  )
  if (came === 'full')
    log.info(
      { ...due, schedule: nameOf(schedule) },
      'too many runs wait: this look of a schedule is left out',
    )
}

/**
 * What its look saw, told in the channel where it is another verdict than the last time, and the first time where it is
 * not healthy. That trouble is over stands in its own thread.
 */
export function judgeScheduled({ store }: Pick<Looker, 'store'>, ended: EndedLook): Promise<void> {
  return store.tx(async (tx) => {
    const before = await takeScheduled(tx, ended)
    const run = await getRun(tx, ended.look)
    const seen = run && seenBy(run)
    if (!before || !run) return
    // What was begun before it ended, or for another channel, is not told.
    if (!seen || before.channel !== run.channel) return forgetOutputs(tx, run.id)
    const known = seen.verdicts.join(' ')
    const isNews = before.known === null ? !seen.isHealthy : before.known !== known
    if (isNews) await showRun(tx, store.queue, run, seen.isHealthy ? {} : { parent: null })
    else await forgetOutputs(tx, run.id)
    const shown = isNews ? run.id : before.shown
    await noteKnown(tx, ended, { known, shown: seen.isHealthy ? null : shown })
  })
}

const end = ({ store }: Pick<Looker, 'store'>, schedule: Schedule, how: EndOfSchedule): Promise<void> =>
  store.tx((tx) => endIn(tx, store, schedule, { ...how, turn: schedule.turn }))

async function endIn(tx: Queryable, store: Store, schedule: Schedule, how: EndOfSchedule): Promise<void> {
  if (!(await endSchedule(tx, schedule.id, how))) return
  await store.queue.send(tx, { kind: 'schedule-ended', scheduleId: schedule.id })
  await store.audit(tx, {
    ...entryOf(schedule),
    decision: how.outcome === 'refused' ? 'refused' : 'allowed',
    target: `schedule ended: ${how.outcome}`,
    reason: how.why ?? null,
  })
}

/** Somebody stops it. False: it is over already. */
export const stopSchedule = (
  store: Store,
  schedule: Schedule,
  by: string,
  audit: WriteAudit,
): Promise<boolean> =>
  store.tx(async (tx) => {
    if (!(await endSchedule(tx, schedule.id, { outcome: 'stopped', by }))) return false
    await audit(tx, `stopped schedule ${nameOf(schedule)}`)
    return true
  })
