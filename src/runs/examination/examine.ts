import type { Clock } from '../../async/clock.ts'
import { startDeadline } from '../../async/deadline.ts'
import type { Runbook } from '../../engine/load-runbooks.ts'
import { KnownAnswers } from '../../engine/plan/known-answers.ts'
import { packageCommands, snapshotCommands } from '../../engine/plan/plan.ts'
import { type Parameters, resolveParameters } from '../../engine/runbook/parameters.ts'
import { LAST_DAY, type Visit } from '../../engine/runbook/run-window.ts'
import { isUnexplained, type Judging, judge } from '../../engine/verdict/judge.ts'
import { judgeWider } from '../../engine/verdict/judge-wider.ts'
import type { Compared } from '../../findings/difference.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Since } from '../../findings/recent-changes.ts'
import type { Report } from '../../findings/report.ts'
import type { Hosts } from '../../inventory/host-connections.ts'
import type { Host } from '../../inventory/inventory.ts'
import type { Redactor } from '../../redact/redact.ts'
import { answerLines } from '../../snapshots/answers.ts'
import { compare } from '../../snapshots/compare.ts'
import { differsFromPackages } from '../../snapshots/packages.ts'
import { compareWithSibling, type Sibling } from '../../snapshots/siblings.ts'
import { type Snapshot, snapshotOf } from '../../snapshots/snapshot.ts'
import type { ConnectFailure } from '../../ssh/outcome.ts'
import { askLateAgain } from './ask-again.ts'
import { lookWider } from './look-wider.ts'
import { discover, gather, openWaves, runWave, type Watch, type Waves } from './waves.ts'

/** S18. */
export const LONGEST_RUN_MS = 5 * 60_000

/** What an examination works with. */
export interface Examiner {
  readonly hosts: Pick<Hosts, 'connect'>
  readonly redactor: Redactor
  readonly clock: Pick<Clock, 'now' | 'elapsed'>
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
  /** Topics that are asked too, where the host is in trouble. Absent: none. */
  readonly others?: readonly Runbook[]
  /** They are asked in any case. */
  readonly alwaysWider?: boolean
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
      const waves = openWaves({ session, runbook, redactor, signal: deadline.signal }, watch)
      const visit = { at: Math.floor(clock.now() / 1_000), since }
      const elapsed = (): number => Math.round(clock.elapsed() - began)
      const asked = { parameters: given.values, visit, elapsed }
      return { ok: true, examination: await examineConnected(waves, about, asked, watch) }
    } finally {
      await session.close()
    }
  } finally {
    deadline.clear()
  }
}

interface Asked {
  /** Before the host was asked what it has. */
  readonly parameters: Parameters
  readonly visit: Visit
  /** Milliseconds since the examination began. */
  elapsed(): number
}

async function examineConnected(
  waves: Waves,
  about: Examinee,
  { parameters: given, visit, elapsed }: Asked,
  watch: Watch,
): Promise<Examination> {
  const { session, runbook } = waves
  const { host, others = [], alwaysWider: always = false } = about
  const { name, production } = host
  const { parameters } = await discover(waves, host, { parameters: given, visit })
  const asked = { parameters, host: { name, production }, visit }
  const planning = { ...asked, known: new KnownAnswers() }
  const records = await gather(
    waves,
    planning,
    about.snapshot ? { extra: snapshotCommands(runbook, asked) } : {},
  )
  const met = { hostKey: session.fingerprint, login: session.user }
  const looked = about.snapshot ? lookedBack(waves, { ...visit, ...met }, about) : {}
  const judging = (compared: Compared | undefined, all = records): Judging => ({
    runbook,
    ...planning,
    records: all,
    ms: elapsed(),
    login: session.user,
    ...(compared ? { compared } : {}),
  })
  await askLateAgain(waves, planning, () => judge(judging(looked.compared)))
  const own = judge(judging(looked.compared))
  const wide = await lookWider(waves, own, { host, others, always, asked: planning }, watch)
  const judged = (compared: Compared | undefined): Report =>
    judgeWider(judging(compared, wide?.records), wide?.wider)
  const first = wide ? judged(looked.compared) : own
  const compared = looked.compared ?? (isUnexplained(first) ? await lookAtPackages(waves, asked) : undefined)
  const report = compared === looked.compared ? first : judged(compared)
  const cost = waves.meter.total()
  return {
    report: cost ? { ...report, cost } : report,
    records: [...(wide?.records ?? records).values()],
    ...asked,
    ...(wide ? { parameters: wide.wider.parameters } : {}),
    ...met,
    ...looked,
    ...(compared ? { compared } : {}),
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

/** What a server says while it refuses us is host output too. */
export const readable = (failure: ConnectFailure, redactor: Redactor): ConnectFailure => ({
  ...failure,
  reason: redactor.output(Buffer.from(failure.reason)),
})

export const badParameters = (host: Host, problems: readonly string[]): ConnectFailure => ({
  hop: host.name,
  stage: 'inventory',
  reason: `its variables do not fit the runbook: ${problems.join('; ')}`,
  remedy: 'mend them in the inventory',
})
