import { expect, it } from 'vitest'
import type { OverLimit } from '../../../src/runs/queue/waiting-limits.ts'
import { overLimitSentence } from '../../../src/slack/messages/over-limit.ts'

const over: OverLimit = { limit: 'user', most: 20, freeInMs: 41_000, own: '7F3K' }

it.each<[Partial<OverLimit>, string]>([
  [
    {},
    'You have 20 runs waiting, as many as one person may have: nothing was started. Ask again in about 41 s, or cancel one that you no longer need: `/debvisor cancel 7F3K`.',
  ],
  [
    { limit: 'channel', most: 50, freeInMs: 200_000, own: null },
    '50 runs of this channel are waiting, as many as one channel may have: nothing was started. Ask again in about 4 minutes.',
  ],
  [
    { limit: 'all', most: 1, freeInMs: null, own: null },
    '1 run is waiting, as many as may wait at all: nothing was started. Ask again once one of them has begun.',
  ],
])('says which limit is reached, when there is room again, and what to do: %j', (parts, sentence) => {
  expect(overLimitSentence({ ...over, ...parts })).toBe(sentence)
})
