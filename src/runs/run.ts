import type { Report } from '../findings/report.ts'
import type { ConnectFailure } from '../ssh/outcome.ts'
import type { Origin } from './queue/fair-order.ts'

/** Who asked. `team` is the Slack team; a CLI run keeps no row. */
export interface Actor {
  readonly kind: 'user' | 'schedule' | 'webhook' | 'cli'
  readonly id: string
}

/**
 * Only `done` has a verdict. `failed`: the host could not be reached or refused us, or the bot could not finish
 * (reason).
 */
export type RunState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

export interface Run {
  /** uuid; opaque, the only thing a button carries. */
  readonly id: string
  /** What people read and type: "7F3K". Unique in a team. */
  readonly code: string
  readonly team: string
  readonly actor: Actor
  /** Alerts and watches wait behind people. */
  readonly origin: Origin
  readonly topic: string
  /** Why this topic, where nobody named it: one clause. */
  readonly reason: string | null
  readonly host: string
  readonly production: boolean
  /** Slack conversation the run is shown in. */
  readonly channel: string
  /** Ts of the thread that it was asked for in. Null: it has one of its own, or is shown where its parent is. */
  readonly thread: string | null
  /** Slack's response_url, for the time that the bot is not in the channel; null after 30 minutes. */
  readonly responseUrl: string | null
  readonly state: RunState
  /** Rises each time a worker takes the run; a write with an old one is refused. */
  readonly epoch: number
  readonly runbookDigest: string | null
  readonly hostKey: string | null
  readonly report: Report | null
  readonly failure: ConnectFailure | null
  /** Problem keys of the causes of this run (failed and inconclusive runs have one too). The first is the run's own. */
  readonly problemKeys: readonly string[]
  /** The run that this one checks again, after its fix or because somebody asked: it is shown in that run's thread. */
  readonly parent: string | null
  /** A fix's own look afterwards, which is neither joined nor cancelled. */
  readonly afterFix: boolean
  /** Nothing of it is posted: a watch or a schedule looks, and has no news. */
  readonly isQuiet: boolean
  /** Slack user; null: nobody has cancelled it. */
  readonly cancelledBy: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}
