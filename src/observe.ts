import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import { type CountedConnections, countConnections } from './metrics/count-connections.ts'
import { type Figure, figure } from './metrics/figure.ts'
import type { Meter } from './metrics/meter.ts'
import type { Queryable } from './store/db.ts'
import type { RunTracer } from './traces/run-trace.ts'

/** What watches the bot at work: metrics that a scraper reads, and traces. Each undefined where it is not configured. */
export interface Observers {
  readonly meter: Meter | undefined
  readonly tracer: RunTracer | undefined
  readonly onSlackCall: ((method: string, result: string) => void) | undefined
  readonly connections: CountedConnections
  /** What `GET /metrics` answers. */
  readonly scrape: (() => Promise<string>) | undefined
  /** From now on a scrape tells of these too. */
  watch(bot: Watched): void
  close(): Promise<void>
}

export interface Watched {
  readonly store: Queryable
  /** By part. */
  readiness(): Promise<Readonly<Record<string, string>>>
}

export interface ObservedProcess {
  /** `host:pid`. */
  readonly name: string
  readonly version: string
  readonly log: Pick<Logger, 'warn'>
}

/** Loads the libraries for what is configured, and nothing else: they take a fifth of a second. */
export async function startObserving(
  { metrics, traces }: Pick<Config, 'metrics' | 'traces'>,
  observed: ObservedProcess,
): Promise<Observers> {
  const measured = metrics && (await startMetrics(observed))
  const tracer = traces && (await import('./traces/open-tracer.ts')).openTracer(traces, observed)
  const { meter } = measured ?? {}
  return {
    meter,
    tracer,
    onSlackCall: meter && ((method, result) => meter.add('debvisor_slack_calls_total', { method, result })),
    connections: measured?.connections ?? countConnections(undefined),
    scrape: measured?.scrape,
    watch: (bot) => measured?.watch(bot),
    async close() {
      await tracer?.close()
      await measured?.close()
    },
  }
}

async function startMetrics({ version }: ObservedProcess) {
  const [{ openMetrics }, { watchProcess }, { watchStore }] = await Promise.all([
    import('./metrics/open-metrics.ts'),
    import('./metrics/process-figures.ts'),
    import('./metrics/store-figures.ts'),
  ])
  const process = watchProcess()
  let ofBot: () => Promise<readonly Figure[]> = async () => []
  const build = figure('debvisor_build_info', 1, { version, node: globalThis.process.versions.node })
  const read = async (): Promise<readonly Figure[]> => [
    build,
    figure('debvisor_ssh_sessions', connections.open(), {}),
    ...process.read(),
    ...(await ofBot()),
  ]
  const metrics = openMetrics(read)
  const connections = countConnections(metrics.meter)
  return {
    meter: metrics.meter,
    scrape: metrics.scrape,
    connections,
    watch({ store, readiness }: Watched): void {
      const shared = watchStore(store, () => performance.now())
      ofBot = async () => {
        const [figures, parts] = await Promise.all([shared.read(), readiness()])
        return [...(figures ?? []), ...readyFigures(parts)]
      }
    },
    async close(): Promise<void> {
      process.close()
      await metrics.close()
    },
  }
}

const readyFigures = (parts: Readonly<Record<string, string>>): Figure[] =>
  Object.entries(parts).map(([part, state]) => figure('debvisor_ready', state === 'ok' ? 1 : 0, { part }))
