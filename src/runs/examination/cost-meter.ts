import type { Cost } from '../../findings/report.ts'
import type { Spent } from '../../ssh/outcome.ts'

/** Adds up what the waves of an examination took from the host. */
export interface CostMeter {
  /** `isEvidence`: false of what belongs to a snapshot. */
  add(spent: Spent, isEvidence: (id: string) => boolean): void
  /** So far; undefined: the host has told nothing. */
  total(): Cost | undefined
}

export function openCostMeter(): CostMeter {
  let told = false
  let [cpuMs, processes, snapshotMs] = [0, 0, 0]
  return {
    add(spent, isEvidence) {
      told = true
      cpuMs += spent.cpuMs
      processes += spent.processes
      for (const [id, ms] of spent.byCommand) if (!isEvidence(id)) snapshotMs += ms
    },
    total: () =>
      told
        ? {
            cpuMs: Math.round(cpuMs),
            ...(snapshotMs > 0 ? { snapshotCpuMs: Math.round(snapshotMs) } : {}),
            processes,
          }
        : undefined,
  }
}
