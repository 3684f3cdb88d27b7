import { startDeadline } from '../../async/deadline.ts'
import type { Runbook } from '../../engine/load-runbooks.ts'
import type { Planning } from '../../engine/plan/plan.ts'
import { resolveParameters } from '../../engine/runbook/parameters.ts'
import { UNKNOWN_VISIT } from '../../engine/runbook/run-window.ts'
import { widen } from '../../engine/runbook/widen.ts'
import type { Wider } from '../../engine/verdict/judge-wider.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Report } from '../../findings/report.ts'
import type { Host } from '../../inventory/inventory.ts'
import { isOverloaded } from './ask-again.ts'
import { discover, gather, type Watch, type Waves, widerWaves } from './waves.ts'

/** A host that took this long for its own topic is not asked for more. */
const PATIENCE_MS = 60_000
/** Somebody waits for what is known already. */
const LONGEST_MS = 45_000

/** What there is to ask beyond a topic. */
export interface Beyond {
  readonly host: Host
  /** Other topics that whoever reads the verdict may look at. */
  readonly others: readonly Runbook[]
  /** Asks also a host on which the topic itself finds nothing: a run before this one found something beyond it. */
  readonly always: boolean
  readonly asked: Planning
}

export interface LookedWider {
  readonly wider: Wider
  /** Of the topic and of the others. */
  readonly records: ReadonlyMap<string, ProbeRecord>
}

/**
 * Asks a host that is in trouble what the other topics ask beyond the one that was meant: trouble seldom comes alone, and
 * what is behind it may be another topic's. Undefined: there is nothing more to ask, or the host had trouble enough with
 * what it was asked.
 */
export async function lookWider(
  waves: Waves,
  own: Report,
  { host, others, always, asked }: Beyond,
  watch: Watch,
): Promise<LookedWider | undefined> {
  if (own.verdict === 'healthy' && !always) return undefined
  if (own.ms > PATIENCE_MS || isOverloaded(waves.records)) return undefined
  const widened = widen(waves.runbook, others)
  if (!widened) return undefined
  const given = resolveParameters(widened.runbook, host.variables)
  if (!given.ok) return undefined
  watch.widened?.(widened.runbook)
  const { visit = UNKNOWN_VISIT } = asked
  const deadline = startDeadline(LONGEST_MS, waves.signal)
  try {
    const further = widerWaves({ ...waves, signal: deadline.signal }, widened.runbook, watch)
    const { parameters } = await discover(further, host, { parameters: given.values, visit })
    const records = await gather(further, { ...asked, parameters })
    return { wider: { ...widened, parameters }, records }
  } finally {
    deadline.clear()
  }
}
