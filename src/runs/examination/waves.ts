import type { Runbook } from '../../engine/load-runbooks.ts'
import { discoverParameters } from '../../engine/plan/discovery.ts'
import {
  firstCommands,
  type HostCommand,
  nextWave,
  type PlannedCommand,
  type PlannedConnect,
  type Planning,
} from '../../engine/plan/plan.ts'
import type { Parameters } from '../../engine/runbook/parameters.ts'
import type { Visit } from '../../engine/runbook/run-window.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Host } from '../../inventory/inventory.ts'
import type { Redactor } from '../../redact/redact.ts'
import type { Outcome, Session } from '../../ssh/outcome.ts'
import { type CostMeter, openCostMeter } from './cost-meter.ts'
import { portCheckRecord, toRecord } from './outcome-to-record.ts'

/** Hears of an examination as it goes on. */
export interface Watch {
  /** The host's key is verified; its fingerprint. */
  connected?(fingerprint: string | undefined): Promise<void> | void
  /** The host is in trouble, so that it is asked more than its topic: this much. */
  widened?(runbook: Runbook): void
  /** These probes are being asked now. */
  started?(probes: readonly string[]): void
  /** A wave begins, with so many commands, or is over. */
  waveStarted?(commands: number): void
  waveEnded?(): void
  /** A probe has its record: the moment to store it. */
  recorded?(record: ProbeRecord): Promise<void> | void
}

/** The waves of one examination: whom they ask, and what is answered so far. */
export interface Waves {
  readonly session: Session
  readonly runbook: Runbook
  readonly redactor: Redactor
  readonly signal: AbortSignal
  /** In the order in which the probes ended. */
  readonly records: ReadonlyMap<string, ProbeRecord>
  /** Of the snapshot probes, which are no evidence. */
  readonly snapshots: ReadonlyMap<string, ProbeRecord>
  /** What they took from the host. */
  readonly meter: CostMeter
  started(probes: readonly string[]): void
  ended(): void
  /** Keeps the record of a probe and tells whoever watches. */
  keep(record: ProbeRecord): Promise<void>
  /** These are to be asked again. */
  forget(probes: readonly string[]): void
}

export const openWaves = (
  asked: Pick<Waves, 'session' | 'runbook' | 'redactor' | 'signal'>,
  watch: Watch = {},
): Waves => wavesOf({ ...asked, meter: openCostMeter() }, watch, { records: new Map(), snapshots: new Map() })

/** Goes on with what was answered so far, by a runbook that asks for more. */
export const widerWaves = (waves: Waves, runbook: Runbook, watch: Watch = {}): Waves =>
  wavesOf({ ...waves, runbook }, watch, {
    records: new Map(waves.records),
    snapshots: new Map(waves.snapshots),
  })

interface Answered {
  readonly records: Map<string, ProbeRecord>
  readonly snapshots: Map<string, ProbeRecord>
}

function wavesOf(
  asked: Pick<Waves, 'session' | 'runbook' | 'redactor' | 'signal' | 'meter'>,
  watch: Watch,
  { records, snapshots }: Answered,
): Waves {
  const isEvidence = (id: string): boolean => asked.runbook.probes.has(id)
  return {
    ...asked,
    records,
    snapshots,
    started: (probes) => {
      watch.waveStarted?.(probes.length)
      watch.started?.(probes.filter(isEvidence))
    },
    ended: () => watch.waveEnded?.(),
    forget: (probes) => {
      for (const id of probes) records.delete(id)
    },
    keep: async (record) => {
      if (!isEvidence(record.id)) return void snapshots.set(record.id, record)
      records.set(record.id, record)
      await watch.recorded?.(record)
    },
  }
}

/** The parameters of a host after it was asked what of the platform it has, and the names of those that it told. */
export async function discover(
  waves: Waves,
  { variables }: Host,
  asked: { readonly parameters: Parameters; readonly visit: Visit },
): Promise<{ readonly parameters: Parameters; readonly found: ReadonlySet<string> }> {
  const commands = firstCommands(waves.runbook, asked).filter(({ id }) => !waves.records.has(id))
  if (commands.length > 0) await runWave(waves, commands)
  const all = discoverParameters(waves.runbook, variables, waves.records)
  return all.ok ? { parameters: all.values, found: all.found } : { ...asked, found: new Set() }
}

interface Gathering {
  /** Goes along with the first wave. */
  readonly extra?: readonly PlannedCommand[]
  /** How much longer than the runbook says each probe may take. */
  readonly patience?: number
}

/** Wave after wave, until the evidence asks for nothing more. */
export async function gather(
  waves: Waves,
  asked: Planning,
  { extra = [], patience = 1 }: Gathering = {},
): Promise<ReadonlyMap<string, ProbeRecord>> {
  const { runbook, records, keep } = waves
  const beside = [...extra]
  for (;;) {
    const { commands, settled } = nextWave(runbook, asked, records)
    for (const record of settled) await keep(record)
    const patiently = commands.map((one) => ({ ...one, timeoutMs: patientMs(one.timeoutMs, patience) }))
    if (commands.length > 0) await runWave(waves, [...patiently, ...beside.splice(0)])
    else if (settled.length === 0) return records
  }
}

/** Somebody waits for the verdict. */
const LONGEST_PROBE_MS = 20_000

const patientMs = (ms: number, patience: number): number =>
  Math.max(ms, Math.min(ms * patience, LONGEST_PROBE_MS))

export async function runWave(waves: Waves, commands: readonly PlannedCommand[]): Promise<void> {
  waves.started(commands.map((c) => c.id))
  const onHost = commands.filter((c) => c.kind !== 'connect')
  const outside = commands.filter((c) => c.kind === 'connect')
  await Promise.all([runOnHost(waves, onHost), ...outside.map((command) => tryFromOutside(waves, command))])
  waves.ended()
}

async function tryFromOutside(waves: Waves, command: PlannedConnect): Promise<void> {
  const { session, redactor, signal } = waves
  const reached = await session.checkPort?.(command.port, { ms: command.timeoutMs, signal })
  await waves.keep(portCheckRecord(command, reached, redactor))
}

async function runOnHost(waves: Waves, commands: readonly HostCommand[]): Promise<void> {
  const { session, runbook, redactor, signal, meter } = waves
  const byId = new Map(commands.map((c) => [c.id, c]))
  const keeping: Promise<void>[] = []
  const take = (id: string, outcome: Outcome): void => {
    const command = byId.get(id)
    if (!command) return
    byId.delete(id)
    const { probes, snapshotProbes, packageProbes } = runbook
    const probe = probes.get(id) ?? snapshotProbes.get(id) ?? packageProbes.get(id)
    const answers = probe?.answers ?? [0]
    const kept = waves.keep(toRecord({ ...command, answers }, outcome, redactor))
    // Awaited below; until then a store that fails must not look like a rejection that nobody handles.
    kept.catch(() => {})
    keeping.push(kept)
  }
  const outcomes = await session.run(commands, {
    onOutcome: take,
    onSpent: (spent) => meter.add(spent, (id) => runbook.probes.has(id)),
    signal,
    gentle: true,
  })
  for (const [id, outcome] of outcomes) take(id, outcome)
  await Promise.all(keeping)
}
