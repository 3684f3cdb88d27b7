import type { WebClient } from '@slack/web-api'
import type { ChannelPace } from './channel-pace.ts'
import type { PlainTextFallback } from './plain-text-fallback.ts'
import type { SlackCaller } from './retry-call.ts'

/** What every message goes through on its way to Slack. */
export interface SlackConnection {
  readonly client: WebClient
  readonly caller: SlackCaller
  readonly pace: ChannelPace
  readonly withFallback: PlainTextFallback
}
