import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { requireSlack } from '../../src/config/slack.ts'

function required(env: Record<string, string>, mode: 'socket' | 'http' = 'socket') {
  const loaded = loadConfig({ env, folder: '/nowhere' })
  if (!loaded.ok) throw new Error('not loaded')
  return requireSlack({ ...loaded.config, slack: { ...loaded.config.slack, mode } })
}
const tokens = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: 'signing' }

test('with its tokens each mode has what it needs, and no more', () => {
  expect(required(tokens)).toEqual({
    ok: true,
    slack: { mode: 'socket', botToken: 'xoxb-1', appToken: 'xapp-1' },
  })
  expect(required(tokens, 'http')).toEqual({
    ok: true,
    slack: { mode: 'http', botToken: 'xoxb-1', signingSecret: 'signing' },
  })
})

test.each<[string, Record<string, string>, 'socket' | 'http', string]>([
  [
    'no bot token',
    {},
    'socket',
    "Slack's bot token is missing: put it into SLACK_BOT_TOKEN or the file that `slack.botTokenFile` names; it begins with xoxb-.",
  ],
  [
    'no app token',
    { ...tokens, SLACK_APP_TOKEN: '' },
    'socket',
    "Slack's app-level token is missing: put it into SLACK_APP_TOKEN or the file that `slack.appTokenFile` names; it begins with xapp-.",
  ],
  [
    'no signing secret',
    { ...tokens, SLACK_SIGNING_SECRET: '' },
    'http',
    "Slack's signing secret is missing: put it into SLACK_SIGNING_SECRET",
  ],
  [
    'another token',
    { ...tokens, SLACK_BOT_TOKEN: 'xoxp-secret' },
    'socket',
    'is not one: it begins with xoxb-, and this begins with xoxp-.',
  ],
  [
    'tokens swapped',
    { ...tokens, SLACK_APP_TOKEN: 'xoxb-secret' },
    'socket',
    'it begins with xapp-, and this begins with xoxb-.',
  ],
  [
    'something else',
    { ...tokens, SLACK_APP_TOKEN: 'hello-secret' },
    'socket',
    'is not one: it begins with xapp-.',
  ],
])('%s: one sentence that says which, where and how it begins', (_, env, mode, expected) => {
  const result = required(env, mode)
  const problem = result.ok ? '' : result.problem
  expect(problem).toContain(expected)
  expect(problem).not.toContain('secret-')
  expect(problem).not.toMatch(/hello|-secret/)
})
