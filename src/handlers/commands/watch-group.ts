import { bindChannel, channelsOfGroups, unbindChannel } from '../../alerts/channel-groups.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { boundMessage, elsewhereMessage } from '../../slack/messages/watch/group-answers.ts'
import type { SlackRequest } from '../guard.ts'
import type { WatchCapabilities } from './watch.ts'

const places = ({ hosts: { inventory }, runbooks }: WatchCapabilities, group: string) =>
  (inventory.groups.get(group) ?? []).flatMap((host) =>
    [...runbooks.topics.keys()].map((topic) => ({ host, topic })),
  )

/**
 * `/debvisor watch GROUP`: from now on this channel reads of alerts on its hosts. Everybody here reads the verdicts, so
 * whoever wants that may diagnose all of it.
 */
export async function watchGroup(
  bot: WatchCapabilities,
  request: SlackRequest,
  { group }: { readonly group: string },
): Promise<Message> {
  const { team, channel, user } = request
  const all = places(bot, group)
  const denied = all.find((place) => !request.may('diagnose', place).allowed)
  const permit = await request.permit('diagnose', denied ?? all[0] ?? {})
  if (!permit.allowed) return noticeMessage(permit.reason)
  if (!/^[CG]/.test(channel))
    return noticeMessage('Alerts are told in channels: type it in the channel that is to read them.')
  if (!(await bot.slack.delivery.isIn(channel)))
    return noticeMessage(
      'I am not in this channel, so I could tell nobody here: `/invite @debvisor`, and ask again.',
    )
  const bound = await bot.store.tx(async (tx) => {
    const isNew = await bindChannel(tx, { team, group, channel, by: user })
    if (isNew) await permit.audit(tx, `alerts on group ${group} are told in ${channel}`)
    return isNew
  })
  if (bound) return boundMessage(group)
  const before = (await channelsOfGroups(bot.store, team)).find((each) => each.group === group)
  return elsewhereMessage(group, before?.channel ?? channel, channel)
}

export async function unwatchGroup(
  bot: WatchCapabilities,
  request: SlackRequest,
  { group }: { readonly group: string },
): Promise<Message> {
  const { team, channel } = request
  const all = places(bot, group)
  const denied = all.find((place) => !request.may('diagnose', place).allowed)
  const permit = await request.permit('diagnose', denied ?? all[0] ?? {})
  if (!permit.allowed) return noticeMessage(permit.reason)
  const gone = await bot.store.tx(async (tx) => {
    const was = await unbindChannel(tx, { team, group, channel })
    if (was) await permit.audit(tx, `alerts on group ${group} are told in ${channel} no more`)
    return was
  })
  return noticeMessage(
    gone
      ? `Alerts on hosts of ${group} are told where their sender's are again.`
      : `This channel has no alerts of ${group}; \`/debvisor watch\` lists which channel has which group.`,
  )
}
