import type { FleetRun } from '../../fleet/runs/fleet-run.ts'
import { startFleet } from '../../fleet/runs/start-fleet.ts'
import { type MatchedHosts, matchHosts } from '../../inventory/host-pattern.ts'
import type { Host, Inventory } from '../../inventory/inventory.ts'
import { partOfInventory } from '../../inventory/part-of-inventory.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage, pointerMessage } from '../../slack/messages/command-answers.ts'
import {
  againReason,
  fleetJoinedSentence,
  fleetsFullSentence,
  NONE_LEFT,
  NOT_ALL_SENTENCE,
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
  readonly again?: Again
}

/** A fleet that is checked again. */
export interface Again {
  readonly fleet: FleetRun
  /** Of its hosts those that the answer has to be about, as far as they are still in the inventory. */
  readonly members: readonly string[]
  /** These, whatever the pattern says. Undefined: what the pattern means by now. */
  readonly hosts?: readonly string[]
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
  const { again } = wanted
  const { inventory } = bot.hosts
  // An answer about fewer of them would stand below the first as if it were about the same.
  if (again?.members.some((host) => inventory.hosts.has(host) && !sees(request, host)))
    return refuse(request, wanted, NOT_ALL_SENTENCE)
  const matched = again?.hosts
    ? amongThese(inventory, again.hosts)
    : matchHosts(
        partOfInventory(inventory, (host) => sees(request, host)),
        wanted.pattern,
      )
  if (!matched.ok) return refuse(request, wanted, notMatchedSentence(matched.message))
  const gone = again?.hosts?.filter((host) => !inventory.hosts.has(host)) ?? []
  const pattern = gone.length === 0 ? wanted.pattern : matched.hosts.map(({ name }) => name).join(',')
  // It stands in the channel as it was typed, and is matched again as it stands.
  if (bot.redactor.text(pattern) !== pattern) return refuse(request, wanted, LOOKS_SECRET)
  const { hosts } = matched
  const most = bot.limits.fleetHosts
  if (hosts.length > most) return refuse(request, wanted, tooManyHostsSentence(pattern, hosts.length, most))
  const choice = topicOf(bot, request, wanted, hosts)
  if (!choice) return refuse(request, wanted, 'Nothing was started: there is no runbook for that any more.')
  const { topic } = choice
  const reason = choice.reason ?? (again ? againReason(again.fleet, gone) : null)
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
      ...{ team, user, topic, reason, pattern, channel, thread, responseUrl, hosts, delivery },
      ...{ audit: permit.audit, parent: again?.fleet.id ?? null },
      isPartial: again?.hosts === undefined && meansMore(inventory, pattern, hosts),
    },
    bot.limits,
  )
  if (!started) return undefined
  if ('limit' in started) return refuse(request, { topic }, fleetsFullSentence(started, hosts.length))
  if (!started.joined) return undefined
  return pointerMessage(fleetJoinedSentence(started), await linkTo(bot, started.fleet))
}

/** Those that are still there, in the order of the inventory. */
function amongThese({ hosts }: Inventory, names: readonly string[]): MatchedHosts {
  const left = [...hosts.values()].filter(({ name }) => names.includes(name))
  return left.length > 0 ? { ok: true, hosts: left } : { ok: false, message: NONE_LEFT }
}

/** Whether it means others too for somebody who may see all hosts. */
function meansMore(inventory: Inventory, pattern: string, asked: readonly Host[]): boolean {
  const all = matchHosts(inventory, pattern)
  const names = new Set(asked.map(({ name }) => name))
  return !all.ok || all.hosts.some(({ name }) => !names.has(name))
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
