import { type Channel, channels, channelsOf } from './channels.ts'
import type { Level } from './escalation.ts'

/** The guide's three levels of escalation, as data for buttons and messages. */

export interface LevelText {
  readonly level: Level
  /** What it is called in messages. */
  readonly name: string
  /** On its button. */
  readonly button: string
  /** Whom it reaches, as a clause: "the DevOps lead". */
  readonly reaches: string
  /** Asked before it is done: Slack's confirmation (title <= 100, text <= 300, buttons <= 30 characters). */
  readonly confirm?: {
    readonly title: string
    readonly text: string
    readonly yes: string
    readonly no: string
  }
}

/**
 * `ready`: a click does it. `not-configured`: the button is there and says the sentence; so does `guarded`, which takes
 * a reason and then does it. `not-offered`: there is no button; the sentence is for whoever asks why.
 */
export type Offer = LevelText &
  (
    | { readonly state: 'ready' }
    | { readonly state: 'guarded' | 'not-configured' | 'not-offered'; readonly sentence: string }
  )

export interface EscalatedHost {
  readonly name: string
  readonly production: boolean
}

/** All three, in the guide's order. */
export const offers = (
  host: EscalatedHost,
  reachable: readonly Channel[],
): readonly [Offer, Offer, Offer] => [
  { ...ticket, state: 'ready' },
  { ...lead, ...leadState(reachable) },
  pageOffer(host, reachable),
]

/**
 * The offer of one level. It is checked again when the click arrives, because what was offered then may not be offered
 * now.
 */
export function offerOf(level: Level, host: EscalatedHost, reachable: readonly Channel[]): Offer {
  const [first, second, third] = offers(host, reachable)
  return level === 1 ? first : level === 2 ? second : third
}

const ticket: LevelText = {
  level: 1,
  name: 'Level 1, internal ticket',
  button: 'Open ticket',
  reaches: 'the team that works on tickets',
}

const lead: LevelText = {
  level: 2,
  name: 'Level 2, DevOps lead',
  button: 'Contact DevOps lead',
  reaches: 'the DevOps lead',
}

const page = (host: EscalatedHost): LevelText => ({
  level: 3,
  name: 'Level 3, on-call',
  button: 'Page on-call',
  reaches: 'whoever is on call, through PagerDuty',
  confirm: {
    title: 'Page the on-call engineer?',
    text: `PagerDuty wakes whoever is on call for ${host.name.slice(0, 100)}. Pages are for production outages.`,
    yes: 'Page now',
    no: 'Not now',
  },
})

/** Without Slack's own question where a form asks for a reason anyway: two questions would be one too many. */
function pageOffer(host: EscalatedHost, reachable: readonly Channel[]): Offer {
  const { confirm, ...plain } = page(host)
  const state = pageState(host, reachable)
  return state.state === 'guarded' || !confirm ? { ...plain, ...state } : { ...plain, confirm, ...state }
}

type State<T = Offer> = T extends unknown ? Omit<T, keyof LevelText> : never

function leadState(reachable: readonly Channel[]): State {
  if (isReachable(2, reachable)) return { state: 'ready' }
  const sentence = `The DevOps lead cannot be contacted yet: set ${settingsOf(2).join(' or ')} in debvisor.yml.`
  return { state: 'not-configured', sentence }
}

function pageState(host: EscalatedHost, reachable: readonly Channel[]): State {
  const outside = `Pages are for production outages, and ${host.name} is in no production group: contact the DevOps lead.`
  const ready = isReachable(3, reachable)
  if (!host.production) return { state: ready ? 'guarded' : 'not-offered', sentence: outside }
  if (ready) return { state: 'ready' }
  return { state: 'not-configured', sentence: `Nobody can be paged yet: set ${settingsOf(3).join(' or ')}.` }
}

/** Whether a level can reach anybody: one of its channels is enough. */
export const isReachable = (level: Level, reachable: readonly Channel[]): boolean =>
  reachable.some((channel) => channels[channel].level === level)

const settingsOf = (level: Level): readonly string[] =>
  channelsOf(level).map((channel) => channels[channel].setting)
