import type { ProbeStatus } from './report.ts'

/**
 * What a run stores of a probe: text that was capped, decoded, sanitised and redacted. Live, resumed and replayed runs
 * judge these records and nothing else, so they judge the same.
 */
export interface ProbeRecord {
  readonly id: string
  readonly status: ProbeStatus
  readonly exitCode: number | null
  readonly ms: number
  /** As it ran on the host, for reproduction steps (redacted too). */
  readonly command: string
  readonly stdout: string
  readonly stderr: string
  /** Why it answered nothing; absent when it answered. */
  readonly reason?: string
  /** For a time-out: processes that could not be ended. */
  readonly leftover?: number
}
