import type { Clock } from '../async/clock.ts'
import { lanes, type Metered } from '../metrics/meter.ts'
import { type RunTrace, type RunTracer, untraced } from '../traces/run-trace.ts'
import type { Run } from './run.ts'

/** Who counts and traces runs, where that is configured. */
export interface RunObservers extends Metered {
  readonly tracer?: RunTracer | undefined
}

/** What metrics and traces hear of a run from the worker that has it. */
export interface ObservedRun extends RunTrace {
  recorded(outcome: string): void
  /** The worker is done with it. What it has stored may still be on its way to Slack. */
  left(): void
}

export function observeRun(
  { meter, tracer, clock }: RunObservers & { readonly clock: Pick<Clock, 'elapsed'> },
  run: Run,
): ObservedRun {
  const { topic, origin, createdAt, startedAt } = run
  const began = clock.elapsed()
  // A look after a fix waits on purpose, and whoever takes a run over took it before.
  if (run.epoch === 1 && !run.afterFix && startedAt)
    meter?.observe('debvisor_run_wait_seconds', (startedAt.getTime() - createdAt.getTime()) / 1_000, {
      lane: lanes[origin],
    })
  const trace = tracer?.begin(run) ?? untraced
  let isStored = false
  return {
    ...trace,
    recorded: (outcome) => meter?.add('debvisor_probes_total', { outcome }),
    stored(verdict) {
      isStored = true
      trace.stored(verdict)
      meter?.add('debvisor_runs_total', { topic, verdict })
      // How long a host that cannot be reached is waited for says nothing of how fast the others are.
      if (verdict === 'failed') return
      meter?.observe('debvisor_run_duration_seconds', (clock.elapsed() - began) / 1_000, { topic })
    },
    left: () => {
      if (!isStored) trace.shown()
    },
  }
}
