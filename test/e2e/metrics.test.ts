import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakeCollector, startCollector } from '../fakes/otlp-collector.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'
import { openRig, type Rig } from './bot.ts'
import { get, grown, scrape, TOKEN } from './scrape.ts'

describe('a bot whose metrics are configured', () => {
  let rig: Rig
  let collector: FakeCollector
  beforeAll(async () => {
    collector = await startCollector()
    rig = await openRig({
      env: { DEBVISOR_METRICS_TOKEN: TOKEN, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
      config: () => 'metrics: {}',
      // Nothing listens there.
      prepare: ({ folder }) => {
        const path = join(folder, 'inventory.yml')
        writeFileSync(path, readFileSync(path, 'utf8').replace('host2: {}', 'host2: { ansible_port: 9 }'))
      },
    })
  })
  afterAll(async () => {
    await rig?.close()
    await collector?.close()
  })

  /** What a scraper sees of some work. */
  async function counted(work: () => Promise<unknown>) {
    const before = await scrape(rig)
    await work()
    return grown(before.samples, (await scrape(rig)).samples)
  }
  async function diagnose(host: string): Promise<string> {
    const after = (await rig.fakeSlack.messages('incidents')).map(({ ts }) => ts)
    await rig.fakeSlack.command(`diagnose service ${host}`)
    return (await rig.verdict({ after })).ts
  }

  it('tells them to whoever has the token, and to nobody else', async () => {
    expect((await get(rig, '/metrics')).status).toBe(403)
    expect((await get(rig, '/metrics', `${TOKEN}x`)).status).toBe(403)
    const told = await get(rig, '/metrics', TOKEN)
    expect([told.status, told.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    expect(rig.log.join('')).not.toContain(TOKEN)
  })

  it('counts a run with its probes, its connection and its calls of Slack', async () => {
    const figures = await counted(() => diagnose('host1'))
    expect(figures).toMatchObject({
      'debvisor_runs_total{topic="service",verdict="problem"}': 1,
      'debvisor_run_duration_seconds_count{topic="service"}': 1,
      'debvisor_run_wait_seconds_count{lane="people"}': 1,
      'debvisor_ssh_connections_total{login="diagnose",outcome="ok"}': 1,
      'debvisor_ssh_connect_seconds_count{login="diagnose"}': 1,
      'debvisor_probes_total{outcome="answered"}': 2,
    })
    expect(figures['debvisor_slack_calls_total{method="chat.postMessage",result="ok"}']).toBeGreaterThan(0)
  })

  it('counts a connection that failed by where it failed, and its run as failed', async () => {
    const figures = await counted(() => diagnose('host2'))
    expect(figures).toMatchObject({
      'debvisor_runs_total{topic="service",verdict="failed"}': 1,
      'debvisor_ssh_connections_total{login="diagnose",outcome="network"}': 1,
    })
    expect(figures['debvisor_run_duration_seconds_count{topic="service"}']).toBeUndefined()
  })

  it('counts a 429 of Slack', async () => {
    const figures = await counted(async () => {
      rig.fakeSlack.faults.rateLimit('chat.postMessage', 1)
      await diagnose('host1')
    })
    expect(figures['debvisor_slack_calls_total{method="chat.postMessage",result="rate-limited"}']).toBe(1)
  })

  it('tells what waits and runs in all replicas, and what this process takes', async () => {
    // What the store says is five seconds old at most.
    const samples = await vi.waitFor(
      async () => {
        const { samples } = await scrape(rig)
        expect(samples.get('debvisor_audit_rows')).toBeGreaterThan(0)
        return samples
      },
      { timeout: 10_000, interval: 200 },
    )
    expect(Object.fromEntries(samples)).toMatchObject({
      'debvisor_queue_runs{lane="people"}': 0,
      'debvisor_queue_oldest_seconds{lane="alerts"}': 0,
      'debvisor_runs_running{lane="fleets"}': 0,
      'debvisor_outbox_waiting{channel="page"}': 0,
      debvisor_draws_waiting: 0,
      debvisor_replicas: 1,
      debvisor_ssh_sessions: 0,
      'debvisor_ready{part="store"}': 1,
      'debvisor_ready{part="writes"}': 1,
      'debvisor_ready{part="queue"}': 1,
      'debvisor_ready{part="slack"}': 1,
    })
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e7)
  })

  it('is alive and ready', async () => {
    expect(await (await get(rig, '/healthz')).json()).toEqual({ process: 'ok' })
    const ready = await get(rig, '/readyz')
    const parts = { process: 'ok', store: 'ok', writes: 'ok', queue: 'ok', slack: 'ok' }
    expect([ready.status, await ready.json()]).toEqual([200, parts])
    const health = await get(rig, '/health')
    expect([health.status, await health.json()]).toEqual([200, { store: 'ok', queue: 'ok', slack: 'ok' }])
  })

  it('sends the trace of a run that has the id of the run, and names nothing that the host said', async () => {
    const ts = await diagnose('host1')
    const lines = rig.log.map((line) => JSON.parse(line))
    const stored = lines.findLast(({ msg }) => msg === 'the verdict is stored')
    const traceId = stored.runId.replaceAll('-', '')
    const spans = await vi.waitFor(
      () => {
        const own = collector.spans().filter((span) => span.traceId === traceId)
        expect(own.map(({ name }) => name)).toContain('diagnose service')
        return own
      },
      { timeout: 10_000, interval: 100 },
    )
    const root = spans.find(({ name }) => name === 'diagnose service')
    expect(spans.map(({ name }) => name).sort()).toEqual(
      ['connect', 'diagnose service', 'post', 'queue wait', 'verdict', 'wave 1'].sort(),
    )
    expect(root?.attributes).toMatchObject({
      'debvisor.run.id': stored.runId,
      'debvisor.topic': 'service',
      'debvisor.host': 'host1',
      'debvisor.verdict': 'problem',
    })
    for (const span of spans) if (span !== root) expect(span.parentSpanId, span.name).toBe(root?.spanId)
    expect(JSON.stringify(spans)).not.toMatch(/uname|Linux/)
    expect(ts).not.toBe('')
  }, 30_000)

  it('writes the id of the run into each line that its run logs', () => {
    const lines = rig.log.map((line) => JSON.parse(line))
    const ended = lines.filter(({ msg }) => /^the (verdict is stored|run failed)$/.test(msg))
    expect(ended.length).toBeGreaterThan(3)
    for (const line of ended)
      expect(line).toMatchObject({
        run: expect.stringMatching(/^[0-9A-Z]{4}$/),
        runId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
  })
})

describe.runIf(storeKinds.includes('postgres'))('a bot whose database stands in a black hole', () => {
  let rig: Rig
  let proxy: TcpProxy
  let stopDatabase: () => Promise<void>
  beforeAll(async () => {
    const database = await openDatabase()
    if (!database) throw new Error('there is no PostgreSQL')
    stopDatabase = database.stop
    const url = new URL(database.url)
    proxy = await startTcpProxy(Number(url.port))
    url.port = String(proxy.port)
    rig = await openRig({
      databaseUrl: url.href,
      env: { DEBVISOR_METRICS_TOKEN: TOKEN },
      config: () => 'metrics: { listen: 127.0.0.1:0 }',
    })
  })
  afterAll(async () => {
    await rig?.close()
    await proxy?.close()
    await stopDatabase?.()
  })

  /** They have a listener of their own here. */
  const metricsUrl = (): string =>
    JSON.parse(rig.log.find((line) => line.includes('a listener of their own')) ?? '{}').url

  it('tells its metrics where they are configured to be, and nowhere else', async () => {
    expect((await get(rig, '/metrics', TOKEN)).status).toBe(404)
    expect((await fetch(metricsUrl())).status).toBe(403)
    expect((await fetch(new URL('/slack/events', metricsUrl()), { method: 'POST' })).status).toBe(404)
    expect((await scrape(rig, metricsUrl())).samples.get('debvisor_ready{part="store"}')).toBe(1)
  })

  it('is alive and not ready within its limit, says so while it stops, and has no figures that it does not know', async () => {
    expect((await get(rig, '/readyz')).status).toBe(200)
    expect((await scrape(rig, metricsUrl())).samples.get('debvisor_replicas')).toBe(1)
    proxy.blackHole()
    const began = performance.now()
    const ready = await get(rig, '/readyz')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ process: 'ok', store: 'down', slack: 'ok' })
    expect(performance.now() - began).toBeLessThan(3_000)
    expect((await get(rig, '/healthz')).status).toBe(200)

    const ofStore = /^debvisor_(queue|runs_running|outbox|draws|replicas|audit)/
    const samples = await vi.waitFor(
      async () => {
        const { samples } = await scrape(rig, metricsUrl())
        expect([...samples.keys()].filter((name) => ofStore.test(name))).toEqual([])
        return samples
      },
      { timeout: 10_000, interval: 200 },
    )
    expect(samples.get('debvisor_ready{part="store"}')).toBe(0)
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e7)

    const stopping = rig.bot.stop(1_000)
    const last = await get(rig, '/readyz')
    expect([last.status, await last.json()]).toEqual([503, { process: 'stopping' }])
    expect((await get(rig, '/healthz')).status).toBe(200)
    expect((await get(rig, '/health')).status).toBe(503)
    // Its statements fail now: nobody waits for the twenty seconds that they would be given.
    await proxy.close()
    await stopping
    await expect(get(rig, '/healthz')).rejects.toThrow()
  }, 60_000)
})
