import { startDeadline } from '../async/deadline.ts'
import type { Runbook } from '../engine/load.ts'
import { type HostCommand, nextWave, type PlannedCommand, type PlannedConnect } from '../engine/plan/plan.ts'
import { type Parameters, resolveParameters } from '../engine/runbook/parameters.ts'
import { LAST_DAY, type Visit } from '../engine/runbook/run-window.ts'
import { judge } from '../engine/verdict/judge.ts'
import type { Since } from '../findings/changed.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Report } from '../findings/report.ts'
import type { Host } from '../inventory/inventory.ts'
import type { Connected, ConnectFailure, Outcome, Route, Session } from '../ssh/outcome.ts'
import { type Cleaner, reachRecord, toRecord } from './record-outcome.ts'

/** S18. */
const LONGEST_RUN_MS = 5 * 60_000

export interface ExamineDeps {
  connect(route: Route, signal: AbortSignal): Promise<Connected>
  quote(text: string): string
  clean: Cleaner
  /** Milliseconds, monotonic. */
  now(): number
  /** The wall clock, seconds since 1970. */
  time(): number
}

export interface Watch {
  /** The host's key is verified; its fingerprint. */
  connected?(fingerprint: string | undefined): Promise<void> | void
  started?(probes: readonly string[]): void
  /** A probe has its record: the moment to store it. */
  settled?(record: ProbeRecord): Promise<void> | void
}

export interface Examination {
  readonly report: Report
  readonly records: readonly ProbeRecord[]
  readonly host: { readonly name: string; readonly production: boolean }
  readonly parameters: Parameters
  readonly visit: Visit
  readonly hostKey: string | undefined
  readonly login: string
}

export type Examined =
  | { readonly ok: true; readonly examination: Examination }
  | { readonly ok: false; readonly failure: ConnectFailure }

/**
 * The main job without Slack or store: connect once, ask in waves until no evidence asks for more, judge. A host that cannot be
 * reached is a failure; a connection lost on the way leaves the open probes unknown, which the verdict says.
 */
export async function examine(
  deps: ExamineDeps,
  about: { runbook: Runbook; host: Host; since?: Since },
  watch: Watch = {},
  cancel?: AbortSignal,
): Promise<Examined> {
  const { runbook, host, since = LAST_DAY } = about
  const parameters = resolveParameters(runbook, host.variables)
  if (!parameters.ok) return { ok: false, failure: badParameters(host, parameters.problems) }
  const began = deps.now()
  const deadline = startDeadline(LONGEST_RUN_MS, cancel)
  try {
    const connected = await deps.connect(host.route, deadline.signal)
    if (!connected.ok) return { ok: false, failure: readable(connected.failure, deps.clean) }
    const { session } = connected
    try {
      await watch.connected?.(session.fingerprint)
      const { name, production } = host
      const visit = { at: Math.floor(deps.time()), since }
      const asked = { parameters: parameters.values, host: { name, production }, visit }
      const records = await gather(deps, session, runbook, asked, watch, deadline.signal)
      const ms = Math.round(deps.now() - began)
      const report = judge({ runbook, ...asked, records, ms, login: session.user })
      const met = { hostKey: session.fingerprint, login: session.user }
      return { ok: true, examination: { report, records: [...records.values()], ...asked, ...met } }
    } finally {
      await session.close()
    }
  } finally {
    deadline.clear()
  }
}

/** Wave after wave, until the evidence asks for nothing more. */
async function gather(
  deps: ExamineDeps,
  session: Session,
  runbook: Runbook,
  asked: Pick<Examination, 'parameters' | 'host' | 'visit'>,
  watch: Watch,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProbeRecord>> {
  const records = new Map<string, ProbeRecord>()
  const settle = async (record: ProbeRecord): Promise<void> => {
    records.set(record.id, record)
    await watch.settled?.(record)
  }
  for (;;) {
    const { commands, settled } = nextWave(runbook, { ...asked, quote: deps.quote }, records)
    for (const record of settled) await settle(record)
    if (commands.length > 0) await runWave(deps, session, runbook, commands, settle, watch, signal)
    else if (settled.length === 0) return records
  }
}

async function runWave(
  deps: ExamineDeps,
  session: Session,
  runbook: Runbook,
  commands: readonly PlannedCommand[],
  settle: (record: ProbeRecord) => Promise<void>,
  watch: Watch,
  signal: AbortSignal,
): Promise<void> {
  watch.started?.(commands.map((c) => c.id))
  const onHost = commands.filter((c) => c.kind !== 'connect')
  const outside = commands.filter((c) => c.kind === 'connect')
  await Promise.all([
    runOnHost(deps, session, runbook, onHost, settle, signal),
    ...outside.map((command) => tryFromOutside(deps, session, command, settle, signal)),
  ])
}

async function tryFromOutside(
  deps: ExamineDeps,
  session: Session,
  command: PlannedConnect,
  settle: (record: ProbeRecord) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const reached = await session.reach?.(command.port, { ms: command.timeoutMs, signal })
  await settle(reachRecord(command, reached, deps.clean))
}

async function runOnHost(
  deps: ExamineDeps,
  session: Session,
  runbook: Runbook,
  commands: readonly HostCommand[],
  settle: (record: ProbeRecord) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const byId = new Map(commands.map((c) => [c.id, c]))
  const settling: Promise<void>[] = []
  const take = (id: string, outcome: Outcome): void => {
    const command = byId.get(id)
    if (!command) return
    byId.delete(id)
    const answers = runbook.probes.get(id)?.answers ?? [0]
    const settled = settle(toRecord({ ...command, answers }, outcome, deps.clean))
    // Awaited below; until then a store that fails must not look like a rejection that nobody handles.
    settled.catch(() => {})
    settling.push(settled)
  }
  const outcomes = await session.run(commands, { onOutcome: take, signal })
  for (const [id, outcome] of outcomes) take(id, outcome)
  await Promise.all(settling)
}

/** What a server says while it refuses us is host output too. */
const readable = (failure: ConnectFailure, clean: Cleaner): ConnectFailure => ({
  ...failure,
  reason: clean.output(Buffer.from(failure.reason)),
})

const badParameters = (host: Host, problems: readonly string[]): ConnectFailure => ({
  hop: host.name,
  stage: 'inventory',
  reason: `its variables do not fit the runbook: ${problems.join('; ')}`,
  remedy: 'mend them in the inventory',
})
