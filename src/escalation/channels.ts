import type { Act, ChannelAdapter, Sender, StoredFacts } from '../integrations/channel-adapter.ts'
import { mailChannel } from '../integrations/mail/mail-channel.ts'
import { pageChannel } from '../integrations/pagerduty/page-channel.ts'
import { dedupKey } from '../integrations/pagerduty/page-event.ts'
import { messageChannel } from './outbox/direct-message-channel.ts'
import { type Retry, retryForADay } from './outbox/retry.ts'

/** All that the bot has to know of a channel. A new one is a file in integrations/ and a row below. */
export interface ChannelRow<Kept, Settings, Tools> {
  readonly level: 2 | 3
  /** In messages: "e-mail". */
  readonly label: string
  /** What has to be set for it, in `backticks`. */
  readonly setting: string
  /** `assignee`: whoever is given the escalation later is told too. `team`: told once. */
  readonly to: 'assignee' | 'team'
  /** What it is told. */
  readonly acts: readonly Act[]
  /** What shares a lane is sent in the order in which it was asked for. */
  readonly lane: (about: { readonly id: string; readonly problemKey: string }) => string
  readonly retry: Retry
  /** The sweep takes the lowest first: whoever has to be woken. */
  readonly sweep: { readonly order: number; readonly atOnce: number }
  readonly adapter: ChannelAdapter<Kept, Settings, Tools>
}

/** Keeps the row's types. */
const row = <Kept, Settings, Tools>(parts: ChannelRow<Kept, Settings, Tools>) => parts

const rows = {
  page: row({
    level: 3,
    label: 'page',
    setting: 'PAGERDUTY_ROUTING_KEY, or `pagerduty.routingKeyFile` in debvisor.yml, to an integration key',
    to: 'team',
    acts: ['open', 'acknowledge', 'resolve'],
    // A resolve never overtakes its trigger, nor closes the page of the next time.
    lane: ({ problemKey }) => dedupKey(problemKey),
    retry: retryForADay,
    sweep: { order: 1, atOnce: 4 },
    adapter: pageChannel,
  }),
  message: row({
    level: 2,
    label: 'direct message',
    setting: '`escalation.lead.slackUser`',
    to: 'assignee',
    acts: ['open'],
    lane: ({ id }) => id,
    retry: retryForADay,
    sweep: { order: 2, atOnce: 4 },
    adapter: messageChannel,
  }),
  mail: row({
    level: 2,
    label: 'e-mail',
    setting: '`smtp.url`',
    to: 'team',
    acts: ['open'],
    lane: ({ id }) => id,
    retry: retryForADay,
    sweep: { order: 3, atOnce: 4 },
    adapter: mailChannel,
  }),
}

type Rows = typeof rows
export type Channel = keyof Rows

/** What is kept of one channel. */
export type KeptOf<C extends Channel> = NonNullable<ReturnType<Rows[C]['adapter']['record']['read']>>

/** Null: nothing is kept of the channel. */
export type ChannelRecords = { readonly [C in Channel]: KeptOf<C> | null }

type Adapter = Rows[Channel]['adapter']

/** What all of them together need of the configuration. */
export type ChannelSettings = Adapter['isConfigured'] extends (all: infer All) => unknown ? All : never
/** And to send. */
export type ChannelTools = Adapter['connect'] extends (all: infer All) => unknown ? All : never

export const channels: { readonly [C in Channel]: ChannelRow<KeptOf<C>, ChannelSettings, ChannelTools> } =
  rows

/** In the order of the sweep. */
export const channelNames: readonly Channel[] = (Object.keys(rows) as Channel[]).sort(
  (a, b) => channels[a].sweep.order - channels[b].sweep.order,
)

export const channelsOf = (level: number): readonly Channel[] =>
  channelNames.filter((channel) => channels[channel].level === level)

/** Who can be reached. */
export const reachableChannels = (settings: ChannelSettings): readonly Channel[] =>
  channelNames.filter((channel) => channels[channel].adapter.isConfigured(settings))

/** What sends through a channel; undefined: it is not configured. */
export type SenderFor = <C extends Channel>(channel: C) => Sender<KeptOf<C>> | undefined

export const connectChannels =
  (tools: ChannelTools): SenderFor =>
  (channel) =>
    channels[channel].adapter.connect(tools)

/** What is kept of each channel, from the column that all share. */
export const readRecords = (stored: StoredFacts): ChannelRecords =>
  // Whole, because it goes through the names of the table.
  Object.fromEntries(
    channelNames.map((channel) => [channel, channels[channel].adapter.record.read(stored)]),
  ) as unknown as ChannelRecords

export const writeRecord = <C extends Channel>(channel: C, kept: Partial<KeptOf<C>>): StoredFacts =>
  channels[channel].adapter.record.write(kept)

/** Through which channels whoever has an escalation was reached: "direct message", "e-mail to …". */
export const channelsReached = ({
  level,
  records,
  assignee,
}: {
  readonly level: number
  readonly records: ChannelRecords
  readonly assignee: string | null
}): readonly string[] => channelsOf(level).flatMap((channel) => wordsOf(channel, records, assignee) ?? [])

function wordsOf<C extends Channel>(
  channel: C,
  records: ChannelRecords,
  assignee: string | null,
): string | null {
  const kept: KeptOf<C> | null = records[channel]
  return kept && channels[channel].adapter.reached(kept, assignee)
}
