import { nextTime } from '../../async/cron.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { scheduledMessage, schedulesMessage } from '../../slack/messages/watch/schedule-answers.ts'
import { MOST_LOOKS, placesOf, type ScheduledPlace, targetWords } from '../../watches/schedule.ts'
import { addSchedule, openSchedules, storeTime } from '../../watches/schedule-store.ts'
import { stopSchedule } from '../../watches/scheduled-looks.ts'
import { fullFor } from '../../watches/watch-limits.ts'
import type { Permit, SlackRequest } from '../guard.ts'
import type { WatchCommand } from './parse-watch-command.ts'
import type { WatchCapabilities } from './watch.ts'

type Wanted = Extract<WatchCommand, { kind: 'schedule' }>

/** Slack does not say in which zone somebody thinks: the answer tells the first time in the zone of its reader. */
const TIMEZONE = 'UTC'

/** `/debvisor schedule TOPIC HOST CRON`, told in this channel. */
export async function scheduleCommand(
  bot: WatchCapabilities,
  request: SlackRequest,
  { kind: _, cron, ...target }: Wanted,
): Promise<Message> {
  const { store, hosts, runbooks, limits } = bot
  const places = placesOf(target, hosts.inventory, runbooks.topics.keys())
  const permit = await permitAll(request, places)
  if (!permit.allowed) return noticeMessage(permit.reason)
  if (places.length > MOST_LOOKS)
    return noticeMessage(
      `${targetWords(target)} would take ${places.length} looks at once, and a schedule may take ${MOST_LOOKS}: name a topic, or a smaller group.`,
    )
  const full = await fullFor(store, 'schedules', request, { all: limits.schedules })
  if (full)
    return noticeMessage(
      `There are ${full.most} schedules, as many as may be: nothing was begun. \`/debvisor schedule\` lists them.`,
    )
  if (!(await bot.slack.delivery.isIn(request.channel)))
    return noticeMessage(
      'I am not in this channel, so I could tell nobody here: `/invite @debvisor`, and ask again.',
    )
  const nextAt = nextTime(cron, TIMEZONE, await storeTime(store))
  if (!nextAt) return noticeMessage(`\`${cron}\` never comes: nothing was begun.`)
  const { team, user, channel } = request
  const added = await store.tx(async (tx) => {
    const schedule = await addSchedule(tx, {
      ...{ team, user, channel, name: null, cron, timezone: TIMEZONE, nextAt },
      ...target,
    })
    await permit.audit(tx, `schedule #${schedule?.number}: ${targetWords(target)}, ${cron}`)
    return schedule
  })
  return added ? scheduledMessage(added, places.length) : noticeMessage('Nothing was begun.')
}

/** Everything that it looks at is told in this channel, so whoever makes it may look at all of it. */
async function permitAll(request: SlackRequest, places: readonly ScheduledPlace[]): Promise<Permit> {
  const denied = places.find((place) => !request.may('diagnose', place).allowed)
  return request.permit('diagnose', denied ?? places[0] ?? {})
}

/** `/debvisor schedule` alone: as far as the asker may see what they look at. */
export async function listSchedules(bot: WatchCapabilities, request: SlackRequest): Promise<Message> {
  const permit = await request.permit('read', {})
  if (!permit.allowed) return noticeMessage(permit.reason)
  return schedulesMessage(await readable(bot, request))
}

async function readable({ store, hosts, runbooks }: WatchCapabilities, request: SlackRequest) {
  const all = await openSchedules(store, request.team)
  return all.filter((schedule) => {
    const places = placesOf(schedule, hosts.inventory, runbooks.topics.keys())
    return schedule.user === request.user || places.some((place) => request.may('read', place).allowed)
  })
}

/** `/debvisor unschedule 3`: for whoever made it, and for those who may diagnose what it looks at. */
export async function unscheduleCommand(
  bot: WatchCapabilities,
  request: SlackRequest,
  { number }: { readonly number: number },
): Promise<Message> {
  const schedule = (await readable(bot, request)).find((each) => each.number === number)
  if (!schedule) return noticeMessage(`There is no schedule #${number}; \`/debvisor schedule\` lists them.`)
  const about = targetWords(schedule)
  if (schedule.name !== null)
    return noticeMessage(
      `${schedule.name} (${about}) stands in debvisor.yml, under \`schedules\`: it ends when it is taken out there.`,
    )
  const places = placesOf(schedule, bot.hosts.inventory, bot.runbooks.topics.keys())
  const permit =
    schedule.user === request.user ? await request.permit('ask', {}) : await permitAll(request, places)
  if (!permit.allowed) return noticeMessage(permit.reason)
  const stopped = await stopSchedule(bot.store, schedule, request.user, permit.audit)
  return noticeMessage(
    stopped ? `Schedule #${number} (${about}) has ended.` : `Schedule #${number} had ended already.`,
  )
}
