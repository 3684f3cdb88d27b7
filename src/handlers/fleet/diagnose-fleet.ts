import type { FleetRun } from '../../fleet/runs/fleet-run.ts'
import { startFleet } from '../../fleet/runs/start-fleet.ts'
import { matchHosts } from '../../inventory/host-pattern.ts'
import type { Host } from '../../inventory/inventory.ts'
import { partOfInventory } from '../../inventory/part-of-inventory.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage, pointerMessage } from '../../slack/messages/command-answers.ts'
import {
  fleetJoinedSentence,
  fleetsFullSentence,
  notAllowedSentence,
  notMatchedSentence,
  tooManyHostsSentence,
} from '../../slack/messages/fleet/fleet-answers.ts'
import type { Capabilities } from '../capabilities.ts'
import { chooseTopic } from '../choose-topic.ts'
import type { SlackRequest } from '../guard.ts'
import { linkTo, startDiagnosis } from '../start-diagnosis.ts'

export type FleetCapabilities = Pick<
  Capabilities,
  'store' | 'slack' | 'hosts' | 'runbooks' | 'limits' | 'redactor'
>

export interface WantedFleet {
  readonly pattern: string
  /** Undefined: chosen by what is said. */
  readonly topic: string | undefined
  readonly said?: string
  /** The fleet that is checked again. */
  readonly parent?: FleetRun
}

const LOOKS_SECRET =
  'Nothing was started: a part of the pattern looks like a secret, and everybody in the channel would read it.'

/**
 * Asks about many hosts, all of them or none. Hosts that whoever asks may not see are as if they were not there. One that
 * they may see and not diagnose is a refusal of the whole: an answer without it would look like one about all.
 */
export async function diagnoseFleet(
  bot: FleetCapabilities,
  request: SlackRequest,
  wanted: WantedFleet,
): Promise<Message | undefined> {
  const { pattern, parent } = wanted
  const seen = partOfInventory(bot.hosts.inventory, (host) => sees(request, host))
  const matched = matchHosts(seen, pattern)
  if (!matched.ok) return refuse(request, wanted, notMatchedSentence(matched.message))
  // It stands in the channel as it was typed, and is matched again as it stands.
  if (bot.redactor.text(pattern) !== pattern) return refuse(request, wanted, LOOKS_SECRET)
  const { hosts } = matched
  const most = bot.limits.fleetHosts
  if (hosts.length > most) return refuse(request, wanted, tooManyHostsSentence(pattern, hosts.length, most))
  const choice = topicOf(bot, request, wanted, hosts)
  if (!choice) return refuse(request, wanted, 'Nothing was started: there is no runbook for that any more.')
  const { topic, reason } = choice
  const [only] = hosts
  if (only && hosts.length === 1) return startDiagnosis(bot, request, { topic, host: only.name, reason })
  const refused = hosts
    .map(({ name }) => name)
    .filter((host) => !request.may('diagnose', { host, topic }).allowed)
  if (refused.length > 0)
    return refuse(request, { topic }, notAllowedSentence({ topic, pattern }, refused, hosts.length))
  const permit = await request.permit('diagnose', { topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  const { team, user, channel, thread = null, responseUrl, trigger: delivery } = request
  const started = await startFleet(
    bot.store,
    {
      ...{ team, user, topic, pattern, channel, thread, responseUrl, hosts, delivery, audit: permit.audit },
      reason: reason ?? (parent ? `checks fleet ${parent.code} again` : null),
      parent: parent?.id ?? null,
    },
    bot.limits,
  )
  if (!started) return undefined
  if ('limit' in started) return refuse(request, { topic }, fleetsFullSentence(started, hosts.length))
  if (!started.joined) return undefined
  return pointerMessage(fleetJoinedSentence(started), await linkTo(bot, started.fleet))
}

/** As far as they may have anything to do with it. */
const sees = (request: SlackRequest, host: string): boolean =>
  request.may('read', { host }).allowed || request.may('diagnose', { host }).allowed

function topicOf(
  bot: FleetCapabilities,
  request: SlackRequest,
  { topic, said = '' }: WantedFleet,
  hosts: readonly Host[],
): { readonly topic: string; readonly reason: string | null } | undefined {
  if (topic !== undefined) return bot.runbooks.topics.has(topic) ? { topic, reason: null } : undefined
  return chooseTopic(
    bot,
    request,
    hosts.map(({ name }) => name),
    said,
  )
}

async function refuse(
  request: SlackRequest,
  { topic }: Pick<WantedFleet, 'topic'>,
  sentence: string,
): Promise<Message> {
  await request.refuse('diagnose', topic === undefined ? {} : { topic }, sentence)
  return noticeMessage(sentence)
}
