import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { openTracer } from '../../src/traces/open-tracer.ts'
import type { TracedRun } from '../../src/traces/run-trace.ts'
import { type FakeCollector, startCollector } from '../fakes/otlp-collector.ts'

let collector: FakeCollector | undefined
afterEach(async () => {
  await collector?.close()
  collector = undefined
})

const said: string[] = []
const sources = {
  name: 'h:1',
  version: '1.2.3',
  log: { warn: (_: object, text: string) => void said.push(text) },
}
const settings = (url: string) => ({
  url: `${url}/v1/traces`,
  headers: { authorization: 'Bearer t0ken' },
  service: 'bot',
})
const aRun = (parts: Partial<TracedRun> = {}): TracedRun => ({
  ...{ id: randomUUID(), code: '7F3K', topic: 'db', host: 'host1', epoch: 1 },
  ...{ createdAt: new Date(Date.now() - 5_000), startedAt: new Date(Date.now() - 1_000) },
  ...parts,
})

describe('the trace of a run', () => {
  it('has the run in its id, a span for each step, and the token of the collector in its request', async () => {
    collector = await startCollector()
    const tracer = openTracer(settings(collector.url), sources)
    const run = aRun()
    const trace = tracer.begin(run)
    trace.connected()
    trace.waveStarted(12)
    trace.waveEnded()
    trace.waveStarted(3)
    trace.waveEnded()
    trace.examined()
    trace.stored('problem')
    trace.shown()
    await tracer.close()
    const spans = collector.spans()
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([run.id.replaceAll('-', '')]))
    expect(spans.map(({ name }) => name)).toEqual([
      ...['queue wait', 'connect', 'wave 1', 'wave 2', 'verdict', 'post', 'diagnose db'],
    ])
    const [wait] = spans
    expect(Number(wait?.endTimeUnixNano) - Number(wait?.startTimeUnixNano)).toBeCloseTo(4e9, -8)
    const root = spans.at(-1)
    expect(Object.keys(root?.attributes ?? {}).sort()).toEqual([
      ...['debvisor.host', 'debvisor.run.code', 'debvisor.run.epoch', 'debvisor.run.id', 'debvisor.topic'],
      'debvisor.verdict',
    ])
    expect(collector.requests()).toMatchObject([
      { path: '/v1/traces', headers: { authorization: 'Bearer t0ken' } },
    ])
  })

  it('has both workers of a run that was taken over, and each once', async () => {
    collector = await startCollector()
    const tracer = openTracer(settings(collector.url), sources)
    const run = aRun()
    const first = tracer.begin(run)
    const second = tracer.begin({ ...run, epoch: 2 })
    // One is told that it is shown, and that its worker left it: both of the same end.
    for (const trace of [first, second, first, second]) trace.shown()
    await tracer.close()
    const roots = collector.spans().filter(({ name }) => name === 'diagnose db')
    expect(roots.map(({ traceId }) => traceId)).toEqual(Array(2).fill(run.id.replaceAll('-', '')))
    expect(roots.map(({ spanId }) => spanId)[0]).not.toBe(roots[1]?.spanId)
    expect(collector.spans().filter(({ name }) => name === 'queue wait')).toHaveLength(1)
  })

  it('holds up nobody where the collector never answers', async () => {
    collector = await startCollector({ answers: false })
    const tracer = openTracer(settings(collector.url), sources)
    const began = performance.now()
    for (let n = 0; n < 3_000; n++) tracer.begin(aRun()).shown()
    expect(performance.now() - began).toBeLessThan(1_000)
    await tracer.close()
    expect(performance.now() - began).toBeLessThan(3_000)
  })

  it('is dropped where nobody listens, and the log says so once', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    server.closeAllConnections()
    server.on('request', (_request, response) => response.writeHead(400).end())
    said.splice(0)
    const tracer = openTracer(settings(`http://127.0.0.1:${port}`), sources)
    // More than a batch holds.
    for (let n = 0; n < 600; n++) tracer.begin(aRun()).shown()
    await tracer.close()
    server.close()
    expect(said).toEqual(['the collector of traces takes none; what it did not take is dropped'])
  })
})
