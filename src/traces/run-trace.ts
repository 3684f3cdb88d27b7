/** What is told of a run while it goes on. Nothing here throws, and nobody waits for it. */
export interface RunTrace {
  /** The host is connected, its key verified. */
  connected(): void
  waveStarted(probes: number): void
  waveEnded(): void
  /** All that it was asked is answered, or it could not be asked: what follows is to judge and to store it. */
  examined(): void
  /** Its end is stored: the verdict, or why there is none. */
  stored(verdict: string): void
  /** Slack shows it, or did not take it. With this the trace is over. */
  shown(): void
}

export interface TracedRun {
  /** uuid: also the id of its trace. */
  readonly id: string
  readonly code: string
  readonly topic: string
  readonly host: string
  /** The worker that has it: 1, and more after a crash. */
  readonly epoch: number
  readonly createdAt: Date
  readonly startedAt: Date | null
}

export interface RunTracer {
  begin(run: TracedRun): RunTrace
  /** Sends what is left, for a second at most. */
  close(): Promise<void>
}

/** Where nothing is traced. */
export const untraced: RunTrace = {
  connected() {},
  waveStarted() {},
  waveEnded() {},
  examined() {},
  stored() {},
  shown() {},
}
