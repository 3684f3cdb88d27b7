import type { FleetRun } from '../../fleet/runs/fleet-run.ts'
import { fleetsOfThread } from '../../fleet/runs/fleet-store.ts'
import { runsOfThread } from '../../runs/history/runs-of-thread.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage, pointerMessage } from '../../slack/messages/command-answers.ts'
import { fleetCancelledSentence, isFleetSentence } from '../../slack/messages/fleet/fleet-answers.ts'
import { aboutFleet } from '../../slack/messages/fleet/fleet-view.ts'
import type { Capabilities } from '../capabilities.ts'
import { type RunAct, rightFor } from '../commands/parse-run-command.ts'
import type { SlackRequest } from '../guard.ts'
import { linkTo } from '../start-diagnosis.ts'
import type { FleetCapabilities } from './diagnose-fleet.ts'
import { againInThread, mayReadAll, stopFleet } from './fleet-buttons.ts'

/** `cancel` and `again` with the code of a fleet; what else is done to a run is done to one host's. */
export async function fleetCommand(
  bot: FleetCapabilities,
  request: SlackRequest,
  act: RunAct,
  fleet: FleetRun,
): Promise<Message> {
  const isReadable = await mayReadAll(bot, request, fleet)
  const tell = async (done: string): Promise<Message> => pointerMessage(done, await linkTo(bot, fleet))
  if (act === 'cancel')
    return (await stopFleet(bot, request, fleet)) ?? tell(fleetCancelledSentence({ fleet, isReadable }))
  if (act === 'again')
    return (await againInThread(bot, request, fleet)) ?? tell(`${aboutFleet(fleet)} is being checked again.`)
  const sentence = isFleetSentence({ fleet, isReadable })
  await request.refuse(rightFor[act], {}, sentence)
  return noticeMessage(sentence)
}

/** The fleet that `cancel` or `again` in a thread means: its newest, unless a run came later that may be meant. */
export async function fleetHere(
  { store }: Pick<Capabilities, 'store'>,
  { team, channel, thread }: SlackRequest,
  act: RunAct,
): Promise<FleetRun | undefined> {
  if (thread === undefined || (act !== 'cancel' && act !== 'again')) return undefined
  const place = { team, channel, thread }
  const fleets = await fleetsOfThread(store, place)
  const fleet = act === 'cancel' ? (fleets.find(({ endedAt }) => !endedAt) ?? fleets[0]) : fleets[0]
  if (!fleet) return undefined
  const runs = (await runsOfThread(store, place)).filter(({ origin }) => origin !== 'fleet')
  const isMeant = act === 'cancel' ? runs.every(({ endedAt }) => endedAt !== null) : true
  return isMeant && runs.every(({ createdAt }) => createdAt <= fleet.createdAt) ? fleet : undefined
}
