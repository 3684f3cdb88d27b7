import type { Clock } from '../async/clock.ts'
import { startDeadline } from '../async/deadline.ts'
import type { Runbook } from '../engine/load-runbooks.ts'
import { discoverParameters } from '../engine/plan/discovery.ts'
import { KnownAnswers } from '../engine/plan/known-answers.ts'
import {
  firstCommands,
  type HostCommand,
  nextWave,
  type PlannedCommand,
  type PlannedConnect,
  type Planning,
  packageCommands,
  snapshotCommands,
} from '../engine/plan/plan.ts'
import { type Parameters, resolveParameters } from '../engine/runbook/parameters.ts'
import { LAST_DAY, type Visit } from '../engine/runbook/run-window.ts'
import { isUnexplained, judge } from '../engine/verdict/judge.ts'
import type { Compared } from '../findings/difference.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'
import type { Since } from '../findings/recent-changes.ts'
import type { Report } from '../findings/report.ts'
import type { Hosts } from '../inventory/host-connections.ts'
import type { Host } from '../inventory/inventory.ts'
import type { Redactor } from '../redact/redact.ts'
import { answerLines } from '../snapshots/answers.ts'
import { compare } from '../snapshots/compare.ts'
import { differsFromPackages } from '../snapshots/packages.ts'
import { compareWithSibling, type Sibling } from '../snapshots/siblings.ts'
import { type Snapshot, snapshotOf } from '../snapshots/snapshot.ts'
import type { ConnectFailure, Outcome, Session } from '../ssh/outcome.ts'
import { portCheckRecord, toRecord } from './outcome-to-record.ts'

/** S18. */
const LONGEST_RUN_MS = 5 * 60_000

/** What an examination works with. */
export interface Examiner {
  readonly hosts: Pick<Hosts, 'connect'>
  readonly redactor: Redactor
  readonly clock: Pick<Clock, 'now' | 'elapsed'>
}

/** Hears of an examination as it goes on. */
export interface Watch {
  /** The host's key is verified; its fingerprint. */
  connected?(fingerprint: string | undefined): Promise<void> | void
  /** These probes are being asked now. */
  started?(probes: readonly string[]): void
  /** A probe has its record: the moment to store it. */
  recorded?(record: ProbeRecord): Promise<void> | void
}

export interface Examination {
  readonly report: Report
  readonly records: readonly ProbeRecord[]
  readonly host: { readonly name: string; readonly production: boolean }
  readonly parameters: Parameters
  readonly visit: Visit
  readonly hostKey: string | undefined
  readonly login: string
  /** Absent where none was asked for. */
  readonly snapshot?: Snapshot
  /** What differs from the baseline, or from what took its place (`with`); absent where nothing could be compared. */
  readonly compared?: Compared
  /** Why the baseline, or the sibling, could not be compared, as a clause: "it is of another host". */
  readonly notCompared?: string
}

/** What is examined, and what it is compared with. */
export interface Examinee {
  readonly runbook: Runbook
  readonly host: Host
  readonly since?: Since
  /** Takes a snapshot of the host beside the first wave. */
  readonly snapshot?: boolean
  /** That of a healthy run. It is compared where a snapshot is taken. */
  readonly baseline?: Snapshot
  /** Compared where there is no baseline. */
  readonly sibling?: Sibling
}

export type Examined =
  | { readonly ok: true; readonly examination: Examination }
  | { readonly ok: false; readonly failure: ConnectFailure }

/**
 * The main job without Slack or store: connects once, asks in waves until no evidence asks for more, and judges. A host
 * that cannot be reached is a failure. A connection that is lost on the way leaves the open probes unknown, and the
 * verdict says so.
 */
export async function examine(
  examiner: Examiner,
  about: Examinee,
  watch: Watch = {},
  cancel?: AbortSignal,
): Promise<Examined> {
  const { runbook, host, since = LAST_DAY } = about
  const { hosts, redactor, clock } = examiner
  const given = resolveParameters(runbook, host.variables)
  if (!given.ok) return { ok: false, failure: badParameters(host, given.problems) }
  const began = clock.elapsed()
  const deadline = startDeadline(LONGEST_RUN_MS, cancel)
  try {
    const connected = await hosts.connect(host.route, deadline.signal)
    if (!connected.ok) return { ok: false, failure: readable(connected.failure, redactor) }
    const { session } = connected
    try {
      await watch.connected?.(session.fingerprint)
      const { name, production } = host
      const visit = { at: Math.floor(clock.now() / 1_000), since }
      const waves = openWaves({ session, runbook, redactor, signal: deadline.signal }, watch)
      const parameters = await discover(waves, host, { parameters: given.values, visit })
      const asked = { parameters, host: { name, production }, visit }
      const known = new KnownAnswers()
      const extra = about.snapshot ? snapshotCommands(runbook, asked) : []
      const records = await gather(waves, { ...asked, known }, extra)
      const elapsed = (): number => Math.round(clock.elapsed() - began)
      const met = { hostKey: session.fingerprint, login: session.user }
      const looked = about.snapshot ? lookedBack(waves, { ...visit, ...met }, about) : {}
      const judged = (compared: Compared | undefined): Report =>
        judge({
          runbook,
          ...asked,
          known,
          records,
          ms: elapsed(),
          login: session.user,
          ...(compared ? { compared } : {}),
        })
      const first = judged(looked.compared)
      const compared =
        looked.compared ?? (isUnexplained(first) ? await lookAtPackages(waves, asked) : undefined)
      const report = compared === looked.compared ? first : judged(compared)
      return {
        ok: true,
        examination: {
          report,
          records: [...records.values()],
          ...asked,
          ...met,
          ...looked,
          ...(compared ? { compared } : {}),
        },
      }
    } finally {
      await session.close()
    }
  } finally {
    deadline.clear()
  }
}

/** The waves of one examination: whom they ask, and what is answered so far. */
interface Waves {
  readonly session: Session
  readonly runbook: Runbook
  readonly redactor: Redactor
  readonly signal: AbortSignal
  /** In the order in which the probes ended. */
  readonly records: ReadonlyMap<string, ProbeRecord>
  /** Of the snapshot probes, which are no evidence. */
  readonly snapshots: ReadonlyMap<string, ProbeRecord>
  started(probes: readonly string[]): void
  /** Keeps the record of a probe and tells whoever watches. */
  keep(record: ProbeRecord): Promise<void>
}

function openWaves(asked: Pick<Waves, 'session' | 'runbook' | 'redactor' | 'signal'>, watch: Watch): Waves {
  const records = new Map<string, ProbeRecord>()
  const snapshots = new Map<string, ProbeRecord>()
  const isEvidence = (id: string): boolean => asked.runbook.probes.has(id)
  return {
    ...asked,
    records,
    snapshots,
    started: (probes) => watch.started?.(probes.filter(isEvidence)),
    keep: async (record) => {
      if (!isEvidence(record.id)) return void snapshots.set(record.id, record)
      records.set(record.id, record)
      await watch.recorded?.(record)
    },
  }
}

/** The snapshot of this run, and what differs in it from the baseline, or else from a sibling. */
function lookedBack(
  { snapshots, records, runbook }: Waves,
  met: { readonly at: number; readonly hostKey: string | undefined },
  { host, baseline, sibling }: Examinee,
): Pick<Examination, 'snapshot' | 'compared' | 'notCompared'> {
  const beside = [...records.values()].filter(({ id }) => runbook.probes.get(id)?.snapshot === 'evidence')
  const facts = beside.map((record) => ({ ...record, stdout: answerLines(record.stdout) }))
  const snapshot = snapshotOf([...snapshots.values(), ...facts], met)
  const result = baseline
    ? compare(baseline, snapshot)
    : sibling && compareWithSibling(sibling, { name: host.name, snapshot })
  if (!result) return { snapshot }
  return result.ok ? { snapshot, compared: result.compared } : { snapshot, notCompared: result.reason }
}

/** One more wave, where there is no other look at the host to compare with. */
async function lookAtPackages(
  waves: Waves,
  { parameters, visit }: { readonly parameters: Parameters; readonly visit: Visit },
): Promise<Compared | undefined> {
  const commands = packageCommands(waves.runbook, { parameters, visit })
  if (commands.length === 0) return undefined
  await runWave(waves, commands)
  const records = commands.flatMap(({ id }) => waves.snapshots.get(id) ?? [])
  return differsFromPackages(records, visit.at)
}

/** The parameters of a host, after it was asked what of the platform it has. */
async function discover(
  waves: Waves,
  { variables }: Host,
  asked: { readonly parameters: Parameters; readonly visit: Visit },
): Promise<Parameters> {
  const commands = firstCommands(waves.runbook, asked)
  if (commands.length > 0) await runWave(waves, commands)
  const found = discoverParameters(waves.runbook, variables, waves.records)
  return found.ok ? found.values : asked.parameters
}

/** Wave after wave, until the evidence asks for nothing more. `extra` goes along with the first one. */
async function gather(
  waves: Waves,
  asked: Planning,
  extra: readonly PlannedCommand[],
): Promise<ReadonlyMap<string, ProbeRecord>> {
  const { runbook, records, keep } = waves
  const beside = [...extra]
  for (;;) {
    const { commands, settled } = nextWave(runbook, asked, records)
    for (const record of settled) await keep(record)
    if (commands.length > 0) await runWave(waves, [...commands, ...beside.splice(0)])
    else if (settled.length === 0) return records
  }
}

async function runWave(waves: Waves, commands: readonly PlannedCommand[]): Promise<void> {
  waves.started(commands.map((c) => c.id))
  const onHost = commands.filter((c) => c.kind !== 'connect')
  const outside = commands.filter((c) => c.kind === 'connect')
  await Promise.all([runOnHost(waves, onHost), ...outside.map((command) => tryFromOutside(waves, command))])
}

async function tryFromOutside(waves: Waves, command: PlannedConnect): Promise<void> {
  const { session, redactor, signal } = waves
  const reached = await session.checkPort?.(command.port, { ms: command.timeoutMs, signal })
  await waves.keep(portCheckRecord(command, reached, redactor))
}

async function runOnHost(waves: Waves, commands: readonly HostCommand[]): Promise<void> {
  const { session, runbook, redactor, signal } = waves
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
  const outcomes = await session.run(commands, { onOutcome: take, signal })
  for (const [id, outcome] of outcomes) take(id, outcome)
  await Promise.all(keeping)
}

/** What a server says while it refuses us is host output too. */
const readable = (failure: ConnectFailure, redactor: Redactor): ConnectFailure => ({
  ...failure,
  reason: redactor.output(Buffer.from(failure.reason)),
})

const badParameters = (host: Host, problems: readonly string[]): ConnectFailure => ({
  hop: host.name,
  stage: 'inventory',
  reason: `its variables do not fit the runbook: ${problems.join('; ')}`,
  remedy: 'mend them in the inventory',
})
