import type { Runbook } from '../engine/load-runbooks.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Run } from './run.ts'

/**
 * The threads in Slack that show runs with all that follows from them. The room threads/ draws them. It stands above
 * every room that stores something, so those rooms call it through this interface.
 */
export interface Threads {
  /** Makes Slack show what the store says of a run. Throws when Slack cannot be reached: the job comes again. */
  draw(runId: string): Promise<void>
  /** As `draw`, for a job that follows a change: several changes within 3 s are drawn together. */
  redraw(runId: string, signal: AbortSignal): Promise<void>
  /**
   * As `draw`, after one process took over from another that may have written all the same: everything is sent, whatever
   * is thought to be shown, and what stands there twice is taken away.
   */
  drawAnew(runId: string): Promise<void>
  /**
   * Says that the run is under way and ticks its probes off while it is this worker's. Never throws, and nobody waits for
   * Slack.
   */
  drawProgress(run: Run, runbook: Runbook): Progress
  /**
   * As `draw`, after this process drew progress: what Slack shows may be older than the stored hash says. Nobody waits for
   * Slack. What fails is drawn by the jobs that came with the change. `drawn`: the first of them is there, or failed.
   */
  drawAfterProgress(runIds: readonly string[], drawn?: () => void): void
  /** Shows a run that waits how many are before it. Nobody waits for Slack, and where it fails it is left out. */
  drawPlace(runId: string): void
}

/** Shows how far a run is. */
export interface Progress {
  /** More is asked than was meant at first. */
  widened(runbook: Runbook): void
  /** These probes are being asked now. */
  started(probes: readonly string[]): void
  /** This probe has its record. */
  recorded(record: ProbeRecord): void
}
