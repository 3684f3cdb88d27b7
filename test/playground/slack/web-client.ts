import { type Logger, type LogLevel, WebClient, type WebClientOptions } from '@slack/web-api'
import type { FakeSlack } from '../../../playground/slack/fake-slack.ts'

/** Refusals are what these tests are about: they are not to be logged. */
const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => 'error' as LogLevel,
  setName() {},
}

/** Slack's own client on the fake Slack; it tries nothing twice. */
export const webClient = (
  fakeSlack: FakeSlack,
  token: string | undefined = fakeSlack.botToken,
  more: WebClientOptions = {},
): WebClient =>
  new WebClient(token, {
    slackApiUrl: fakeSlack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
    ...more,
  })

/** The answer itself, refused or not. */
export async function answer(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    return (await call) as Record<string, unknown>
  } catch (error) {
    const { data } = error as { data?: Record<string, unknown> }
    if (!data) throw error
    return data
  }
}
