import type { GaugeName, LabelsOf } from './table.ts'

/** One value of a gauge, as it is now. */
export interface Figure {
  readonly name: GaugeName
  readonly value: number
  readonly labels: Readonly<Record<string, string>>
}

export const figure = <N extends GaugeName>(name: N, value: number, labels: LabelsOf<N>): Figure => ({
  name,
  value,
  labels,
})
