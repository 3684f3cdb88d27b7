import type { Runbook } from '../../engine/load-runbooks.ts'
import type { Parameters } from '../../engine/runbook/parameters.ts'
import { grantableProbes } from '../../engine/sudoers/grantable.ts'
import { exactArgv } from '../../engine/sudoers/sudoers-file.ts'
import { lacksOf } from '../../engine/verdict/missing-access.ts'
import type { Unknown } from '../../findings/finding.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Host } from '../../inventory/inventory.ts'
import { type Examination, examine } from '../../runs/examination/examine.ts'
import type { ConnectFailure } from '../../ssh/outcome.ts'
import { examinerOf } from '../examiner.ts'
import type { SetUp } from '../set-up.ts'
import { askSudo, type SudoAnswer } from './ask-sudo.ts'
import type { Check } from './check.ts'
import { lackChecks } from './lack-checks.ts'
import { snapshotChecks } from './snapshot-checks.ts'

/**
 * Asks every probe of every runbook once, takes a snapshot, and asks sudo about the commands that are only run where
 * something is wrong. What is refused, missing or too slow is a line for each thing that would allow it: one missing
 * right may keep dozens of probes from answering.
 */
export async function checkHost(ready: SetUp, host: Host): Promise<CheckedHost> {
  const looked = await lookAt(ready, host)
  if (!looked.ok) return unreachable(host, looked.failure)
  const sudo = await askAboutTheRest(ready, host, looked.looks)
  if (!sudo.ok) return unreachable(host, sudo.failure)
  const { login, looks } = looked
  const lacking = lackingOf(looks, sudo.records)
  const snapshots = looks.flatMap(({ snapshot }) => snapshot ?? [])
  const said = saidOf(lacking, looks, sudo.asked)
  const what = `host ${host.name}`
  const missing = [
    ...lackChecks(lacking, host.name),
    ...snapshotChecks(snapshots, { host: host.name, login }),
  ]
  return {
    checks: [
      { what, state: 'good', said: `reached as ${login}, ${said}` },
      ...platformCheck(what, looks),
      ...missing.map((check) => ({ ...check, what: `${what}, ${check.what}` })),
    ],
    parameters: new Map(looks.map(({ runbook, parameters }) => [runbook.topic, parameters])),
  }
}

export interface CheckedHost {
  readonly checks: readonly Check[]
  /** By topic, as the host has them; none where it could not be reached. */
  readonly parameters: ReadonlyMap<string, Parameters>
}

/** None where the runbooks look for no platform. */
function platformCheck(host: string, looks: readonly Look[]): Check[] {
  if (looks.every(({ runbook }) => runbook.discovered.size === 0)) return []
  const what = `${host}, platform`
  const said = looks.map(({ lookedAt }) => lookedAt).find((clause) => clause !== undefined)
  if (said !== undefined) return [{ what, state: 'good', said }]
  const remedy = 'name its unit in the inventory, for instance: unit: debvisor-panel'
  return [{ what, state: 'warn', said: 'nothing of DebVisor was found on it', remedy }]
}

/** What the host line claims: no more than was tried. */
function saidOf(lacking: readonly Unknown[], looks: readonly Look[], asked: ReadonlySet<string>): string {
  const known = new Set([...ranIn(looks), ...asked, ...lacking.map(({ probe }) => probe)])
  const all = new Set(looks.flatMap(({ runbook }) => [...runbook.probes.keys()]))
  const untried = [...all].filter((id) => !known.has(id)).length
  const missing =
    lacking.length === 0
      ? 'with all rights and tools'
      : `${lacking.length} of ${all.size} probes answer nothing yet`
  const rest = `; not tried, for nothing calls for them now: ${untried} of ${all.size} probes`
  return untried === 0 ? missing : missing + rest
}

function unreachable(host: Host, { hop, reason, remedy }: ConnectFailure): CheckedHost {
  const said = hop === host.name ? reason : `at ${hop}: ${reason}`
  return { checks: [{ what: `host ${host.name}`, state: 'bad', said, remedy }], parameters: new Map() }
}

interface Failed {
  readonly ok: false
  readonly failure: ConnectFailure
}

/** What one topic's probes said. */
interface Look extends Omit<Examination, 'records' | 'report'> {
  readonly runbook: Runbook
  readonly lookedAt: string | undefined
  readonly records: ReadonlyMap<string, ProbeRecord>
}

async function lookAt(
  ready: SetUp,
  host: Host,
): Promise<{ readonly ok: true; readonly login: string; readonly looks: readonly Look[] } | Failed> {
  const looks: Look[] = []
  const pictured = new Set<string>()
  for (const runbook of ready.runbooks.topics.values()) {
    const snapshot = [...runbook.snapshotProbes.keys()].some((id) => !pictured.has(id))
    for (const id of runbook.snapshotProbes.keys()) pictured.add(id)
    const examined = await examine(examinerOf(ready), { runbook, host, snapshot })
    if (!examined.ok) return examined
    const { records, report, ...asked } = examined.examination
    const { lookedAt } = report
    looks.push({
      runbook,
      lookedAt,
      ...asked,
      records: new Map(records.map((record) => [record.id, record])),
    })
  }
  return { ok: true, login: looks[0]?.login ?? '', looks }
}

/** What sudo says of probes that no topic had to run. */
interface SudoSaid {
  readonly ok: true
  /** The probes that it was asked about. */
  readonly asked: ReadonlySet<string>
  /** The records that they would have. */
  readonly records: readonly ProbeRecord[]
}

/** A command that only the host's answers can complete is left out. */
async function askAboutTheRest(ready: SetUp, host: Host, looks: readonly Look[]): Promise<SudoSaid | Failed> {
  const ran = ranIn(looks)
  const commands = new Map(
    looks.flatMap(({ runbook, parameters }) => {
      const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
      return grantableProbes(runbook, parameters).flatMap((probe) => {
        const argv = ran.has(probe.id) ? undefined : exactArgv(probe, values)
        return argv ? [[probe.id, argv] as const] : []
      })
    }),
  )
  const asked = new Set(commands.keys())
  if (asked.size === 0) return { ok: true, asked, records: [] }
  const connected = await examinerOf(ready).hosts.connect(host.route)
  if (!connected.ok) return connected
  const answers = await askSudo(connected.session, [...commands.values()]).finally(() =>
    connected.session.close(),
  )
  return { ok: true, asked, records: [...asked].flatMap((id, i) => recordOf(id, answers[i])) }
}

const ranIn = (looks: readonly Look[]): ReadonlySet<string> =>
  new Set(looks.flatMap(({ records }) => [...records.values()].filter(hasRun).map(({ id }) => id)))

const hasRun = ({ command }: ProbeRecord): boolean => command !== ''

function recordOf(id: string, answer: SudoAnswer | undefined): ProbeRecord[] {
  const empty = { id, exitCode: null, ms: 0, command: '', stdout: '', stderr: '' }
  if (answer?.kind === 'refused') return [{ ...empty, status: 'refused', reason: answer.reason }]
  return answer?.kind === 'not-there' ? [{ ...empty, status: 'not-installed' }] : []
}

/** `others`: of probes that did not run. */
function lackingOf(looks: readonly Look[], others: readonly ProbeRecord[]): Unknown[] {
  const lacking = new Map<string, Unknown>()
  for (const { records, ...look } of looks) {
    const own = others.filter(({ id }) => look.runbook.probes.has(id))
    const all = new Map([...records, ...own.map((record) => [record.id, record] as const)])
    for (const lack of lacksOf({ ...look, records: all })) lacking.set(lack.probe, lack)
  }
  return [...lacking.values()]
}
