import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import type { Figure } from './figure.ts'
import type { Meter } from './meter.ts'
import {
  type CounterName,
  counters,
  type GaugeName,
  gauges,
  type HistogramName,
  histograms,
  knownLabels,
} from './table.ts'

export interface Metrics {
  readonly meter: Meter
  /** What `GET /metrics` answers: the text format of Prometheus, version 0.0.4. */
  scrape(): Promise<string>
  close(): Promise<void>
}

/** More label sets than that of one metric count as one, which OpenTelemetry marks `otel_metric_overflow`. */
const MOST_LABEL_SETS = 500

/** Nothing that a host or a person wrote looks like that for long. */
const LABEL = /^[A-Za-z0-9_.:-]{1,64}$/

/** `read`: the gauges as they are now; one that it leaves out is absent from the answer. */
export function openMetrics(read: () => Promise<readonly Figure[]>): Metrics {
  const reader = new PulledReader({
    cardinalitySelector: () => MOST_LABEL_SETS,
    // A gauge that is told of no more would keep its last value for ever.
    aggregationTemporalitySelector: (type) =>
      type === InstrumentType.OBSERVABLE_GAUGE
        ? AggregationTemporality.DELTA
        : AggregationTemporality.CUMULATIVE,
  })
  const provider = new MeterProvider({ readers: [reader] })
  const otel = provider.getMeter('debvisor')
  const sums = new Map(
    Object.entries(counters).map(([name, { help }]) => [
      name,
      otel.createCounter(name, { description: help }),
    ]),
  )
  for (const [name, counter] of Object.entries(counters))
    for (const labels of knownLabels(counter)) sums.get(name)?.add(0, labels)
  const spreads = new Map(
    Object.entries(histograms).map(([name, { help, buckets }]) => {
      const advice = { explicitBucketBoundaries: [...buckets] }
      return [name, otel.createHistogram(name, { description: help, advice })]
    }),
  )
  const observed = new Map(
    Object.entries(gauges).map(([name, { help }]) => {
      const described = { description: help }
      // A counter that the system keeps: it is read, as a gauge is.
      const make = name.endsWith('_total') ? 'createObservableCounter' : 'createObservableGauge'
      return [name as GaugeName, otel[make](name, described)] as const
    }),
  )
  let figures: readonly Figure[] = []
  otel.addBatchObservableCallback(
    (result) => {
      for (const { name, value, labels } of figures) {
        const gauge = observed.get(name)
        if (gauge) result.observe(gauge, value, bounded(labels))
      }
    },
    [...observed.values()],
  )
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true)
  return {
    meter: {
      add: (name: CounterName, labels) => sums.get(name)?.add(1, bounded(labels)),
      observe: (name: HistogramName, seconds, labels) => spreads.get(name)?.record(seconds, bounded(labels)),
    },
    async scrape() {
      figures = await read()
      const { resourceMetrics } = await reader.collect()
      return `${serializer.serialize(resourceMetrics).trimEnd()}\n`
    },
    close: () => provider.shutdown(),
  }
}

function bounded(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([label, value]) => [label, LABEL.test(value) ? value : 'other']),
  )
}

/** It is asked by whoever scrapes, and sends nothing by itself. */
class PulledReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
