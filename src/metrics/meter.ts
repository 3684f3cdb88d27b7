import type { CounterName, HistogramName, LabelsOf } from './table.ts'

/** What the parts of the bot tell of what they do. Neither throws nor waits. */
export interface Meter {
  add<N extends CounterName>(name: N, labels: LabelsOf<N>): void
  observe<N extends HistogramName>(name: N, seconds: number, labels: LabelsOf<N>): void
}

/** A worker that tells what it does, where somebody listens. */
export interface Metered {
  readonly meter?: Meter | undefined
}

/** Who a run waits for, as the fair queue has it. */
export const lanes = { person: 'people', alert: 'alerts', watch: 'watches', fleet: 'fleets' } as const
