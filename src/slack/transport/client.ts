import { type Logger, LogLevel, WebClient, type WebClientOptions } from '@slack/web-api'
import { type Failure, readError } from './slack-failure.ts'

export const SLACK_API = 'https://slack.com/api/'

export interface SlackLog {
  warn(details: object, message: string): void
  debug(details: object, message: string): void
}

export interface ClientSettings {
  /** https://slack.com/api/, or an emulator. */
  readonly apiUrl: string
  readonly log: SlackLog
  /** Hears of each call when it is over. */
  readonly onCall?: OnCall | undefined
}

/** `result`: `ok`, or why not, as `Failure` has it. */
export type OnCall = (method: string, result: 'ok' | Failure['reason']) => void

/**
 * Fresh options for every client: the Slack libraries write into what they are given. Their defaults have no
 * time-out, pause a whole client on a 429 and retry for half an hour; we wait and retry ourselves, per method
 * and channel (retry-call.ts).
 */
export const clientOptions = ({ apiUrl, log }: Omit<ClientSettings, 'onCall'>): WebClientOptions => ({
  slackApiUrl: apiUrl,
  rejectRateLimitedCalls: true,
  retryConfig: { retries: 0 },
  timeout: 10_000,
  allowAbsoluteUrls: false,
  headers: {},
  logger: slackLogger(log),
})

export const makeClient = (token: string, settings: ClientSettings): WebClient =>
  settings.onCall
    ? new ObservedClient(token, clientOptions(settings), settings.onCall)
    : new WebClient(token, clientOptions(settings))

/** All methods of the client end in `apiCall`, which knows what they are called. */
class ObservedClient extends WebClient {
  private readonly onCall: OnCall

  constructor(token: string, options: WebClientOptions, onCall: OnCall) {
    super(token, options)
    this.onCall = onCall
  }

  override async apiCall(...call: Parameters<WebClient['apiCall']>): ReturnType<WebClient['apiCall']> {
    const [method] = call
    try {
      const answer = await super.apiCall(...call)
      this.onCall(method, 'ok')
      return answer
    } catch (error) {
      this.onCall(method, readError(error).failure.reason)
      throw error
    }
  }
}

/** The Slack libraries' words in our log, a step quieter: what matters comes back as a value. */
export function slackLogger(log: SlackLog): Logger {
  const said = (words: readonly unknown[]): string => words.map(String).join(' ')
  return {
    debug: () => {},
    info: (...words) => log.debug({}, said(words)),
    warn: (...words) => log.debug({}, said(words)),
    error: (...words) => log.warn({}, said(words)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}
