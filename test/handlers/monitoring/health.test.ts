import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { type HealthSources, health } from '../../../src/handlers/monitoring/health.ts'

const well: HealthSources = {
  store: { query: async () => ({ rows: [], rowCount: 0 }) },
  queueReady: () => true,
  slackReady: () => true,
}
const ask = async (sources: HealthSources) => {
  const said: unknown[] = []
  const response = {
    writeHead: (status: number) => void said.push(status),
    end: (body: string) => void said.push(JSON.parse(body)),
  }
  await health(sources, {} as IncomingMessage, response as unknown as ServerResponse)
  return said
}

it.each([
  ['all is well', {}, 200, {}],
  ['no run is taken', { queueReady: () => false }, 503, { queue: 'down' }],
  ['Slack is not connected', { slackReady: () => false }, 503, { slack: 'down' }],
  ['the store fails', { store: { query: () => Promise.reject(new Error('gone')) } }, 503, { store: 'down' }],
  [
    'the store never answers',
    { store: { query: () => new Promise<never>(() => {}) } },
    503,
    { store: 'down' },
  ],
] as const)('where %s, says so', async (_, broken, status, down) => {
  expect(await ask({ ...well, ...broken })).toEqual([
    status,
    { store: 'ok', queue: 'ok', slack: 'ok', ...down },
  ])
})
