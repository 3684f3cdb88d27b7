import { describe, expect, it } from 'vitest'
import { clientOptions, slackLogger } from '../../../src/slack/transport/client.ts'

const log = { warn: () => {}, debug: () => {} }

describe('the options of a Slack client', () => {
  it('are fresh for each: the Slack libraries write tokens and retries into them', () => {
    const settings = { apiUrl: 'https://slack.com/api/', log }
    const [one, two] = [clientOptions(settings), clientOptions(settings)]
    expect(one).not.toBe(two)
    expect(one.headers).not.toBe(two.headers)
    expect(one.retryConfig).not.toBe(two.retryConfig)
  })

  it('wait and retry nothing by themselves, and follow no address but the one given', () => {
    expect(clientOptions({ apiUrl: 'https://slack.com/api/', log })).toMatchObject({
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
      timeout: 10_000,
      allowAbsoluteUrls: false,
    })
  })
})

describe('the log of the Slack libraries', () => {
  it('keeps their errors, hushes their warnings, and drops their debugging, which holds whole requests', () => {
    const said: string[] = []
    const logger = slackLogger({
      warn: (_, message) => said.push(`warn ${message}`),
      debug: (_, message) => said.push(`debug ${message}`),
    })
    logger.error('a', 1)
    logger.warn('b')
    logger.debug('xoxb-secret')
    expect(said).toEqual(['warn a 1', 'debug b'])
  })
})
