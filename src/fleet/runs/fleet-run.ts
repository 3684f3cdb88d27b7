import type { Run } from '../../runs/run.ts'
import type { ComparedGroup } from '../compared-groups.ts'
import type { HostOutcome } from '../host-outcome.ts'

/** One question about many hosts. Each host has a run, which is quiet: the fleet's message tells what came of it. */
export interface FleetRun {
  /** uuid; all that its buttons carry. */
  readonly id: string
  /** What people read and type, as of a run: "F7K3Q". */
  readonly code: string
  readonly team: string
  /** Slack user who asked, and is told at the end. */
  readonly user: string
  readonly topic: string
  /** Why this topic, where nobody named it: one clause. */
  readonly reason: string | null
  /** As it was typed. */
  readonly pattern: string
  /** It means hosts too that whoever asked may not see, and that were not asked. */
  readonly isPartial: boolean
  readonly channel: string
  /** Ts of the thread that it was asked for in; null: it has one of its own. */
  readonly thread: string | null
  /** Slack's response_url; null after 30 minutes. */
  readonly responseUrl: string | null
  /** The fleet that this one checks again. */
  readonly parent: string | null
  readonly createdAt: Date
  readonly endedAt: Date | null
  /** Slack user; null: nobody has cancelled it. */
  readonly cancelledBy: string | null
  /** What sets hosts in trouble apart; null until it has ended, and where to compare them took too long. */
  readonly compared: readonly ComparedGroup[] | null
}

/** One host of a fleet. */
export interface FleetHost {
  readonly host: string
  readonly groups: readonly string[]
  /** The fleet was cancelled before its run had ended. */
  readonly isStopped: boolean
  readonly run: FleetHostRun
}

export type FleetHostRun = Pick<
  Run,
  'id' | 'code' | 'state' | 'report' | 'failure' | 'startedAt' | 'endedAt' | 'isQuiet'
>

/** What became of it. Undefined: it waits, or is being asked. */
export function outcomeOf({ host, groups, isStopped, run }: FleetHost): HostOutcome | undefined {
  const told = (outcome: HostOutcome['outcome']): HostOutcome => ({ host, groups, outcome })
  if (isStopped || run.state === 'cancelled') return told({ kind: 'stopped' })
  if (run.report) return told({ kind: 'judged', report: run.report })
  if (!run.failure) return undefined
  const { hop, reason, remedy } = run.failure
  return told({ kind: 'unreachable', reason: hop === host ? reason : `at ${hop}: ${reason}`, remedy })
}

/** Of those that are known, in the order of the inventory. */
export const outcomesOf = (hosts: readonly FleetHost[]): HostOutcome[] =>
  hosts.flatMap((each) => outcomeOf(each) ?? [])
