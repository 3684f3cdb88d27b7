import { standingOf } from '../../fleet/host-outcome.ts'
import { cancelFleet } from '../../fleet/runs/cancel-fleet.ts'
import { type FleetRun, outcomeOf } from '../../fleet/runs/fleet-run.ts'
import { fleetOfRun, getFleet, hostsOfFleet } from '../../fleet/runs/fleet-store.ts'
import { showRun } from '../../runs/requests/show-run.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage, pointerMessage } from '../../slack/messages/command-answers.ts'
import { fleetTooLateSentence, NOT_ALL_SENTENCE } from '../../slack/messages/fleet/fleet-answers.ts'
import { messageOf } from '../../store/posted-messages.ts'
import type { Capabilities } from '../capabilities.ts'
import { isRowId, runOf } from '../find-run.ts'
import type { Permit, SlackRequest } from '../guard.ts'
import { linkTo } from '../start-diagnosis.ts'
import { diagnoseFleet, type FleetCapabilities } from './diagnose-fleet.ts'
import { LONGEST_PATTERN } from './parse-fleet.ts'

const GONE = 'This message is older than what the bot keeps, or not its own: nothing was done. Ask again.'

/** The fleet whose id a button carries, if it is one of this team (S7). */
async function fleetIn(
  { store }: Pick<Capabilities, 'store'>,
  request: SlackRequest,
): Promise<FleetRun | null> {
  const fleet = isRowId(request.text) ? await getFleet(store, request.text) : null
  return fleet?.team === request.team ? fleet : null
}

async function gone(request: SlackRequest): Promise<Message> {
  await request.refuse('diagnose', {}, GONE)
  return noticeMessage(GONE)
}

/** *Cancel*: for whoever asked, and for those who may diagnose all of its hosts. */
export async function cancelFleetButton(
  bot: Pick<Capabilities, 'store' | 'meter'>,
  request: SlackRequest,
): Promise<Message | undefined> {
  const fleet = await fleetIn(bot, request)
  return fleet ? stopFleet(bot, request, fleet) : gone(request)
}

/** Undefined: it was cancelled, as its message shows. */
export async function stopFleet(
  { store, meter }: Pick<Capabilities, 'store' | 'meter'>,
  request: SlackRequest,
  fleet: FleetRun,
): Promise<Message | undefined> {
  const permit = await permitToStop({ store }, request, fleet)
  if (!permit.allowed) return noticeMessage(permit.reason)
  const asked = await cancelFleet(store, fleet, request.user, permit.audit)
  for (let left = asked?.runs ?? 0; left > 0; left--)
    meter?.add('debvisor_runs_total', { topic: fleet.topic, verdict: 'cancelled' })
  if (asked?.cancelled) return undefined
  await store.tx((tx) => store.queue.send(tx, { kind: 'fleet', fleetId: fleet.id }))
  const isReadable = await mayReadAll({ store }, request, fleet)
  return noticeMessage(fleetTooLateSentence({ fleet: asked?.fleet ?? fleet, isReadable }))
}

/** Whether they may be told which hosts it is about, as its pattern does. */
export async function mayReadAll(
  { store }: Pick<Capabilities, 'store'>,
  request: Pick<SlackRequest, 'may'>,
  { id, topic }: FleetRun,
): Promise<boolean> {
  const hosts = await hostsOfFleet(store, id)
  return hosts.every(({ host }) => request.may('read', { host, topic }).allowed)
}

async function permitToStop(
  { store }: Pick<Capabilities, 'store'>,
  request: SlackRequest,
  { id, user, topic }: FleetRun,
): Promise<Permit> {
  if (user === request.user) return request.permit('ask', { topic })
  const hosts = await hostsOfFleet(store, id)
  if (hosts.every(({ host }) => request.may('diagnose', { host, topic }).allowed))
    return request.permit('diagnose', { topic })
  await request.refuse('diagnose', { topic }, NOT_ALL_SENTENCE, id)
  return { allowed: false, reason: NOT_ALL_SENTENCE }
}

/** *Check again*: the same pattern, whatever it means now, in the thread of that fleet. */
export async function checkFleetAgain(
  bot: FleetCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const fleet = await fleetIn(bot, request)
  return fleet ? againInThread(bot, request, fleet) : gone(request)
}

/** Those that were not well. */
export async function checkOpenAgain(
  bot: FleetCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const fleet = await fleetIn(bot, request)
  if (!fleet) return gone(request)
  const open = (await hostsOfFleet(bot.store, fleet.id)).filter((each) => {
    const outcome = outcomeOf(each)
    return !outcome || !['healthy', 'stopped'].includes(standingOf(outcome))
  })
  if (open.length === 0) return noticeMessage('All of its hosts were well: nothing was started.')
  return againInThread(
    bot,
    request,
    fleet,
    open.map(({ host }) => host),
  )
}

/** `only`: these of its hosts; otherwise what its pattern means by now. */
export async function againInThread(
  bot: FleetCapabilities,
  request: SlackRequest,
  fleet: FleetRun,
  only?: readonly string[],
): Promise<Message | undefined> {
  const { topic, channel } = fleet
  const members = (await hostsOfFleet(bot.store, fleet.id)).map(({ host }) => host)
  // Names that were handed over are more than a pattern may have.
  const hosts = only ?? (fleet.pattern.length > LONGEST_PATTERN ? members : undefined)
  const again = { fleet, members: only ?? members, ...(hosts ? { hosts } : {}) }
  const thread = await threadOf(bot, fleet)
  const asked = { ...request, channel, ...(thread === undefined ? {} : { thread }) }
  const pattern = hosts ? hosts.join(',') : fleet.pattern
  return diagnoseFleet(bot, asked, { topic, pattern, again })
}

/** Ts of the thread in which it tells; undefined: its message was not posted. */
async function threadOf(
  { store }: Pick<Capabilities, 'store'>,
  { id, thread }: FleetRun,
): Promise<string | undefined> {
  return thread ?? (await messageOf(store, id, 'main'))?.ts ?? undefined
}

/** A host of the menu: what its run found is shown in the fleet's thread, once. */
export async function showHostOfFleet(
  bot: Pick<Capabilities, 'store' | 'slack'>,
  request: SlackRequest,
): Promise<Message | undefined> {
  const { store } = bot
  // "fleet run"; of a menu that was open before an update, the run alone.
  const [runId = '', fleetId] = request.text.split(' ').reverse()
  const run = await runOf(store, { ...request, text: runId })
  const isFleet = fleetId === undefined || isRowId(fleetId)
  const fleet = run && isFleet ? await fleetOfRun(store, run, fleetId) : null
  if (!run || !fleet) return gone(request)
  const { host, topic, code } = run
  const permit = await request.permit('read', { host, topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  if (run.state === 'cancelled')
    return noticeMessage(`${topic} on ${host} was stopped before its verdict: there is nothing to show.`)
  const thread = await threadOf(bot, fleet)
  if (!run.isQuiet || thread === undefined)
    return pointerMessage(`${topic} on ${host} is run ${code}.`, await linkTo(bot, run))
  await store.tx(async (tx) => {
    await showRun(tx, store.queue, run, { thread })
    await permit.audit(tx, `run ${code} shown in fleet ${fleet.code}`)
  })
  return undefined
}
