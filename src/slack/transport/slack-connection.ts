import type { WebClient } from '@slack/web-api'
import type { ChannelPace } from './channel-pace.ts'
import type { OwnBot } from './find-message.ts'
import type { PlainTextFallback } from './plain-text-fallback.ts'
import type { SlackCaller } from './retry-call.ts'

/** What every message goes through on its way to Slack. */
export interface SlackConnection {
  readonly client: WebClient
  /** Undefined: what others wrote is not told from our own. */
  readonly self?: OwnBot | undefined
  readonly caller: SlackCaller
  readonly pace: ChannelPace
  readonly withFallback: PlainTextFallback
}
