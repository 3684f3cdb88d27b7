import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import {
  alive,
  type HealthSources,
  health,
  type ReadySources,
  ready,
} from '../../../src/handlers/monitoring/health.ts'

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

const canServe: ReadySources = { ...well, isStopping: () => false, storeTakesWrites: async () => true }
const said = async (answer: (response: ServerResponse) => Promise<void> | void) => {
  const told: unknown[] = []
  const response = {
    writeHead: (status: number) => void told.push(status),
    end: (body: string) => void told.push(JSON.parse(body)),
  }
  await answer(response as unknown as ServerResponse)
  return told
}
const request = {} as IncomingMessage
const fine = { process: 'ok', store: 'ok', writes: 'ok', queue: 'ok', slack: 'ok' }

it('is ready where each part works', async () => {
  expect(await said((response) => ready(canServe, request, response))).toEqual([200, fine])
})

it.each<[string, Partial<ReadySources>, object]>([
  ['the disk is full', { storeTakesWrites: async () => false }, { ...fine, writes: 'down' }],
  [
    'nobody can say whether it is',
    { storeTakesWrites: () => Promise.reject(new Error('ENOENT /secret/path')) },
    { ...fine, writes: 'down' },
  ],
  ['no run is taken', { queueReady: () => false }, { ...fine, queue: 'down' }],
  ['Slack is not connected', { slackReady: () => false }, { ...fine, slack: 'down' }],
  ['the process stops', { isStopping: () => true }, { process: 'stopping' }],
])('is not ready where %s, and is alive', async (_, broken, parts) => {
  expect(await said((response) => ready({ ...canServe, ...broken }, request, response))).toEqual([503, parts])
  expect(await said((response) => alive(request, response))).toEqual([200, { process: 'ok' }])
})

it('asks a store that hangs once, however many ask about it', async () => {
  let asked = 0
  const store = {
    query: () => {
      asked += 1
      return new Promise<never>(() => {})
    },
  }
  const answers = Array.from({ length: 20 }, () =>
    said((response) => ready({ ...canServe, store }, request, response)),
  )
  expect((await Promise.all(answers)).map(([status]) => status)).toEqual(Array(20).fill(503))
  expect(asked).toBe(1)
})
