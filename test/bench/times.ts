/** The time, in milliseconds, that under `share` of all of these stay: 0.5 is the median. */
export const quantile = (all: readonly number[], share: number): number =>
  all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))] ?? Number.NaN

export const median = (all: readonly number[]): number => quantile(all, 0.5)

export const ms = (value: number): string => `${Math.round(value)} ms`

/** How long it took, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
