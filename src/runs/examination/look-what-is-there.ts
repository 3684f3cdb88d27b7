import { startDeadline } from '../../async/deadline.ts'
import type { Runbook } from '../../engine/load-runbooks.ts'
import { evidenceContext } from '../../engine/plan/evidence-context.ts'
import { type Parameters, type ParameterValue, resolveParameters } from '../../engine/runbook/parameters.ts'
import { LAST_DAY } from '../../engine/runbook/run-window.ts'
import type { Host } from '../../inventory/inventory.ts'
import type { ConnectFailure } from '../../ssh/outcome.ts'
import { badParameters, type Examiner, readable } from './examine.ts'
import { discover, openWaves } from './waves.ts'

/** What a host said of itself. */
export interface WhatIsThere {
  readonly ok: true
  /** In one clause; undefined where nothing was found. */
  readonly lookedAt: string | undefined
  readonly parameters: Parameters
  readonly settings: readonly SettingOfHost[]
  /** Why it could not be asked what is there; undefined where it could. */
  readonly unanswered: string | undefined
}

/** The value of a parameter of the runbook on this host. */
export interface SettingOfHost {
  readonly name: string
  readonly value: ParameterValue
  readonly from: 'inventory' | 'host' | 'default'
}

/** Long enough for a host far away. */
const LONGEST_MS = 60_000

/** As a run begins, and no more of it: connects, and asks the probes of a runbook that come first. */
export async function lookWhatIsThere(
  { hosts, redactor, clock }: Examiner,
  { runbook, host }: { readonly runbook: Runbook; readonly host: Host },
): Promise<WhatIsThere | { readonly ok: false; readonly failure: ConnectFailure }> {
  const given = resolveParameters(runbook, host.variables)
  if (!given.ok) return { ok: false, failure: badParameters(host, given.problems) }
  const deadline = startDeadline(LONGEST_MS)
  try {
    const connected = await hosts.connect(host.route, deadline.signal)
    if (!connected.ok) return { ok: false, failure: readable(connected.failure, redactor) }
    const { session } = connected
    try {
      const visit = { at: Math.floor(clock.now() / 1_000), since: LAST_DAY }
      const waves = openWaves({ session, runbook, redactor, signal: deadline.signal })
      const { parameters, found } = await discover(waves, host, { parameters: given.values, visit })
      const { context } = evidenceContext(runbook, { parameters, host, records: waves.records })
      const silent = [...waves.records.values()].find(({ status }) => status !== 'answered')
      const from = (name: string): SettingOfHost['from'] =>
        Object.hasOwn(host.variables, name) ? 'inventory' : found.has(name) ? 'host' : 'default'
      return {
        ok: true,
        lookedAt: runbook.lookedAt?.renderKnown(context) || undefined,
        parameters,
        settings: Object.entries(parameters).map(([name, value]) => ({ name, value, from: from(name) })),
        unanswered: silent && (silent.reason ?? silent.status),
      }
    } finally {
      await session.close()
    }
  } finally {
    deadline.clear()
  }
}
