import type { RichTextElement } from '@slack/types'
import type { FleetsFull } from '../../../fleet/runs/fleet-limits.ts'
import { type FleetRun, outcomesOf } from '../../../fleet/runs/fleet-run.ts'
import { clip } from '../../../text/shorten.ts'
import { mention, moment, text } from '../rich-text.ts'
import { aboutFleet, type FleetView, fleetHeadline, listedHosts } from './fleet-view.ts'

/** The user's own words, back to the user. */
const quoted = (pattern: string): string => `\`${clip(pattern, 80).replaceAll('`', '·')}\``

/** `message`: a clause of the pattern's, without a full stop. */
export const notMatchedSentence = (message: string): string =>
  `Nothing was started: ${message}${message.endsWith('?') ? '' : '.'}`

export const tooManyHostsSentence = (pattern: string, hosts: number, most: number): string =>
  `${quoted(pattern)} means ${hosts.toLocaleString('en')} hosts, and at most ${most} may be asked about together here: nothing was started. Name a smaller group, a part such as \`${
    /^[\w.-]+$/.test(pattern) ? pattern : 'web'
  }[0:${most - 1}]\`, or use \`debvisor diagnose\` in the terminal.`

/** Hosts that the reader may see, and not diagnose. */
export const notAllowedSentence = (
  { topic, pattern }: { readonly topic: string; readonly pattern: string },
  refused: readonly string[],
  hosts: number,
): string => {
  const without =
    refused.length <= 3
      ? `, such as with ${quoted(pattern + refused.map((host) => `:!${host}`).join(''))}`
      : ''
  const leave = refused.length < hosts ? ` Leave ${refused.length === 1 ? 'it' : 'them'} out${without}.` : ''
  return `You may not diagnose ${topic} on ${refused.length} of these ${hosts} hosts (${listedHosts(refused, 3)}): nothing was started.${leave} \`/debvisor whoami\` shows what you may do.`
}

export const fleetsFullSentence = ({ limit, most, waiting }: FleetsFull, hosts: number): string =>
  `${waiting} hosts ${limit === 'user' ? 'that you asked about' : 'of fleets'} are waiting already, and with these ${hosts} there would be more than ${most}, the limit${
    limit === 'user' ? ' for one person' : ''
  }: nothing was started. Ask again once fewer wait, or cancel a fleet that you no longer need; \`/debvisor status\` lists them.`

/** Somebody asks what they have asked a moment ago. */
export const fleetJoinedSentence = ({ fleet }: Pick<FleetView, 'fleet'>): string =>
  `You already asked for ${aboutFleet(fleet)}; the answer is on its way and will mention you.`

/** What is done to a fleet takes the right for each of its hosts; which they are is not for everybody. */
export const NOT_ALL_SENTENCE =
  'You may not diagnose all of its hosts: nothing was done. `/debvisor whoami` shows what you may do.'

/** A clause for `notMatchedSentence`. */
export const NONE_LEFT = 'none of these hosts is in the inventory any more'

/** "checks fleet F7K3Q again, without web3, which is no longer in the inventory" */
export const againReason = ({ code }: Pick<FleetRun, 'code'>, gone: readonly string[]): string =>
  `checks fleet ${code} again${
    gone.length === 0
      ? ''
      : `, without ${listedHosts(gone, 5)}, which ${gone.length === 1 ? 'is' : 'are'} no longer in the inventory`
  }`

/** What a reader is told of a fleet: its pattern names hosts, and is for those who may read all of them. */
export interface NamedFleet {
  readonly fleet: FleetRun
  readonly isReadable: boolean
}

const named = ({ fleet, isReadable }: NamedFleet): string =>
  isReadable ? `Fleet ${fleet.code} (${aboutFleet(fleet)})` : `Fleet ${fleet.code}`

export const fleetCancelledSentence = (of: NamedFleet): string => `${named(of)} was cancelled.`

/** Somebody wants to cancel what has ended. */
export const fleetTooLateSentence = (of: NamedFleet): string =>
  `${named(of)} ${of.fleet.endedAt && !of.fleet.cancelledBy ? 'had already ended' : 'was cancelled already'}.`

/** A fleet's code in the place of a run's. */
export const isFleetSentence = ({ fleet, isReadable }: NamedFleet): string =>
  `${fleet.code} is a fleet${isReadable ? ` (${aboutFleet(fleet)})` : ''}, and this takes the run of one host: choose the host in the menu below its table.`

/** A line of the status. */
export function fleetLine(view: FleetView): RichTextElement[] {
  const { fleet, hosts } = view
  const done = outcomesOf(hosts).length
  const said = fleet.endedAt
    ? fleetHeadline(view)
    : `⏳ ${aboutFleet(fleet)}: ${done} of ${hosts.length} hosts done`
  return [
    ...text(`${said} · fleet ${fleet.code}, `),
    ...moment(fleet.createdAt),
    ...text(', '),
    ...mention(fleet.user),
  ]
}
