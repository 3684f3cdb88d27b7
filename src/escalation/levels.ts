/** The guide's three levels of escalation, as data for buttons and messages. */
export type Level = 1 | 2 | 3

/** How a level reaches people; `message` is a direct message in Slack. */
export type Channel = 'ticket' | 'message' | 'mail' | 'page'

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
 * `ready`: a click does it, through these channels; `lacks` names what else could be configured. `not-configured`: the
 * button is there and says the sentence; so does `guarded`, which takes a reason and then does it. `not-offered`: there is no button; the sentence is for whoever asks why.
 */
export type Offer = LevelText &
  (
    | { readonly state: 'ready'; readonly channels: readonly Channel[]; readonly lacks?: string }
    | { readonly state: 'guarded' | 'not-configured' | 'not-offered'; readonly sentence: string }
  )

/** What the configuration has. */
export interface Configured {
  readonly leadSlackUser: boolean
  readonly smtp: boolean
  readonly pagerduty: boolean
}

export interface EscalatedHost {
  readonly name: string
  readonly production: boolean
}

/** All three, in the guide's order. */
export const offers = (host: EscalatedHost, configured: Configured): readonly [Offer, Offer, Offer] => [
  { ...ticket, state: 'ready', channels: ['ticket'] },
  { ...lead, ...leadState(configured) },
  pageOffer(host, configured),
]

/** Checked again when the click arrives: what was offered then may not be offered now. */
export function offerOf(level: Level, host: EscalatedHost, configured: Configured): Offer {
  const [first, second, third] = offers(host, configured)
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

/** Where a form asks for the reason, Slack's own question before it would be one too many. */
function pageOffer(host: EscalatedHost, configured: Configured): Offer {
  const { confirm, ...plain } = page(host)
  const state = pageState(host, configured)
  return state.state === 'guarded' || !confirm ? { ...plain, ...state } : { ...plain, confirm, ...state }
}

type State<T = Offer> = T extends unknown ? Omit<T, keyof LevelText> : never

const noMessage = 'no direct message: set `escalation.lead.slackUser`'
const noMail = 'no e-mail: set `smtp.url`'

function leadState({ leadSlackUser, smtp }: Configured): State {
  if (leadSlackUser && smtp) return { state: 'ready', channels: ['message', 'mail'] }
  if (leadSlackUser) return { state: 'ready', channels: ['message'], lacks: noMail }
  if (smtp) return { state: 'ready', channels: ['mail'], lacks: noMessage }
  return {
    state: 'not-configured',
    sentence:
      'The DevOps lead cannot be contacted yet: set `escalation.lead.slackUser` or `smtp.url` in debvisor.yml.',
  }
}

function pageState(host: EscalatedHost, { pagerduty }: Configured): State {
  const elsewhere = `Pages are for production outages, and ${host.name} is in no production group: contact the DevOps lead.`
  if (pagerduty) {
    return host.production
      ? { state: 'ready', channels: ['page'] }
      : { state: 'guarded', sentence: elsewhere }
  }
  if (!host.production) return { state: 'not-offered', sentence: elsewhere }
  return {
    state: 'not-configured',
    sentence:
      'Nobody can be paged yet: set PAGERDUTY_ROUTING_KEY, or `pagerduty.routingKeyFile` in debvisor.yml, to an integration key.',
  }
}
