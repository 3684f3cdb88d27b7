import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Figure, figure } from '../../src/metrics/figure.ts'
import { openMetrics } from '../../src/metrics/open-metrics.ts'
import { watchProcess } from '../../src/metrics/process-figures.ts'
import { metricNames } from '../../src/metrics/table.ts'
import { samplesOf } from '../e2e/scrape.ts'

const nothing = async (): Promise<readonly Figure[]> => []

describe('a scrape', () => {
  it('is text that Prometheus reads, with each metric described', async () => {
    const { scrape, meter } = openMetrics(nothing)
    meter.add('debvisor_runs_total', { topic: 'db', verdict: 'healthy' })
    meter.add('debvisor_runs_total', { topic: 'db', verdict: 'healthy' })
    meter.observe('debvisor_run_duration_seconds', 1.5, { topic: 'db' })
    const text = await scrape()
    expect(text).toContain('# TYPE debvisor_runs_total counter\n')
    expect(text.endsWith('\n')).toBe(true)
    const samples = samplesOf(text)
    expect(samples.get('debvisor_runs_total{topic="db",verdict="healthy"}')).toBe(2)
    expect(samples.get('debvisor_run_duration_seconds_bucket{topic="db",le="1"}')).toBe(0)
    expect(samples.get('debvisor_run_duration_seconds_bucket{topic="db",le="2"}')).toBe(1)
    expect(samples.get('debvisor_run_duration_seconds_bucket{topic="db",le="+Inf"}')).toBe(1)
    expect(samples.get('debvisor_run_duration_seconds_sum{topic="db"}')).toBe(1.5)
  })

  it('has counters of what is rare from the start, with 0', async () => {
    const samples = samplesOf(await openMetrics(nothing).scrape())
    expect(samples.get('debvisor_fixes_total{outcome="unknown"}')).toBe(0)
    expect(samples.get('debvisor_notices_total{channel="page",outcome="failed"}')).toBe(0)
    expect(samples.get('debvisor_ssh_connections_total{login="fix",outcome="host-key"}')).toBe(0)
  })

  it('has no gauge that nobody knows by now, though it was known before', async () => {
    const answers: (readonly Figure[])[] = [[figure('debvisor_replicas', 3, {})], []]
    const { scrape } = openMetrics(async () => answers.shift() ?? [])
    expect(samplesOf(await scrape()).get('debvisor_replicas')).toBe(3)
    expect(samplesOf(await scrape()).has('debvisor_replicas')).toBe(false)
  })

  it('shows no word that is longer than a name, or no name at all', async () => {
    const { scrape, meter } = openMetrics(nothing)
    for (const outcome of ['<!channel> hi', 'a\nb 1', '"', 'x'.repeat(65), '', '\u202e'])
      meter.add('debvisor_probes_total', { outcome })
    const samples = samplesOf(await scrape())
    expect([...samples].filter(([name]) => name.startsWith('debvisor_probes_total'))).toEqual([
      ['debvisor_probes_total{outcome="other"}', 6],
    ])
  })

  it('stays small, whatever a label is given', async () => {
    const { scrape, meter } = openMetrics(nothing)
    for (let n = 0; n < 5_000; n++) meter.add('debvisor_probes_total', { outcome: `o${n}` })
    const samples = [...samplesOf(await scrape())].filter(([name]) =>
      name.startsWith('debvisor_probes_total'),
    )
    expect(samples.length).toBeLessThanOrEqual(500)
    expect(samples.reduce((sum, [, value]) => sum + value, 0)).toBe(5_000)
  })
})

describe('of this process', () => {
  it('memory, CPU time and how late timers are', async () => {
    const watched = watchProcess()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const { scrape } = openMetrics(async () => watched.read())
    const text = await scrape()
    watched.close()
    const samples = samplesOf(text)
    expect(text).toContain('# TYPE process_cpu_seconds_total counter\n')
    expect(samples.get('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(samples.get('process_start_time_seconds')).toBeLessThanOrEqual(Date.now() / 1_000)
    const late = ['p50', 'p99', 'max'].map((q) => samples.get(`nodejs_eventloop_delay_${q}_seconds`) ?? -1)
    expect(late[0]).toBeGreaterThan(0)
    expect(late.toSorted((a, b) => a - b)).toEqual(late)
  })
})

describe('the libraries of OpenTelemetry', () => {
  const users = ['src/metrics/open-metrics.ts', 'src/traces/open-tracer.ts']
  it('are loaded where metrics or traces are configured, and not at each start', () => {
    for (const path of users) expect(readFileSync(path, 'utf8')).toContain("from '@opentelemetry/")
    const observe = readFileSync('src/observe.ts', 'utf8')
    for (const path of users) {
      const module = `./${path.replace('src/', '')}`
      expect(observe).toContain(`import('${module}')`)
      expect(observe).not.toContain(`from '${module}'`)
    }
    expect(metricNames.length).toBeGreaterThan(20)
  })
})
