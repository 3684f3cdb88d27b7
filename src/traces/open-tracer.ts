import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { RunTrace, RunTracer, TracedRun } from './run-trace.ts'

export interface TraceSettings {
  /** Of the collector, with its path: http://127.0.0.1:4318/v1/traces. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly service: string
}

export interface TraceSources {
  /** This process. */
  readonly name: string
  readonly version: string
  readonly log: { warn(details: object, message: string): void }
}

const CLOSES_WITHIN_MS = 1_000

/** Sends the traces of runs to a collector: batched, in the background, and dropped where it does not take them. */
export function openTracer({ url, headers, service }: TraceSettings, sources: TraceSources): RunTracer {
  const ids = new TraceIds()
  const exporter = quietly(new OTLPTraceExporter({ url, headers: { ...headers } }), sources.log)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': sources.version,
      'service.instance.id': sources.name,
    }),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('debvisor', sources.version)
  return {
    begin: (run) => traceOf(run, tracer, ids),
    async close() {
      // A collector that hangs is left alone. What the SDK says of it is in the log already.
      const over = new Promise<void>((resolve) => setTimeout(resolve, CLOSES_WITHIN_MS).unref())
      await Promise.race([provider.shutdown().catch(() => undefined), over])
    },
  }
}

/** A run's trace has the run's id: whoever has the one finds the other, and what a second worker does is beside it. */
class TraceIds implements IdGenerator {
  next: string | undefined
  private readonly random = new RandomIdGenerator()
  generateTraceId = (): string => this.next ?? this.random.generateTraceId()
  generateSpanId = (): string => this.random.generateSpanId()
}

function traceOf(run: TracedRun, tracer: Tracer, ids: TraceIds): RunTrace {
  ids.next = /^[0-9a-f-]{36}$/.test(run.id) ? run.id.replaceAll('-', '') : undefined
  const root = tracer.startSpan(
    `diagnose ${run.topic}`,
    {
      startTime: run.createdAt,
      attributes: {
        'debvisor.run.id': run.id,
        'debvisor.run.code': run.code,
        'debvisor.run.epoch': run.epoch,
        'debvisor.topic': run.topic,
        'debvisor.host': run.host,
      },
    },
    ROOT_CONTEXT,
  )
  ids.next = undefined
  const within: Context = trace.setSpan(ROOT_CONTEXT, root)
  const start = (name: string, attributes: Record<string, number> = {}): Span =>
    tracer.startSpan(name, { attributes }, within)
  // A worker that takes a run over begins where it takes it.
  if (run.epoch === 1)
    tracer.startSpan('queue wait', { startTime: run.createdAt }, within).end(run.startedAt ?? new Date())

  let step: Span | undefined = start('connect')
  let waves = 0
  let isOver = false
  const next = (after?: Span): void => {
    step?.end()
    step = after
  }
  return {
    connected: () => next(),
    waveStarted(probes) {
      waves += 1
      next(start(`wave ${waves}`, { 'debvisor.probes': probes }))
    },
    waveEnded: () => next(),
    examined: () => next(start('verdict')),
    stored(verdict) {
      root.setAttribute('debvisor.verdict', verdict)
      if (verdict === 'failed') root.setStatus({ code: SpanStatusCode.ERROR })
      next(start('post'))
    },
    shown() {
      if (isOver) return
      isOver = true
      next()
      root.end()
    },
  }
}

const SAID_AGAIN_AFTER_MS = 60_000

/** What a collector does not take is dropped, and told in the log once in a minute. */
function quietly(exporter: SpanExporter, log: TraceSources['log']): SpanExporter {
  let said = Number.NEGATIVE_INFINITY
  const say = (error: unknown): void => {
    if (performance.now() - said < SAID_AGAIN_AFTER_MS) return
    said = performance.now()
    log.warn({ err: error }, 'the collector of traces takes none; what it did not take is dropped')
  }
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== 0) say(result.error)
        done({ code: 0 })
      })
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush && { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  }
}
