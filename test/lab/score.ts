import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Report } from '../../src/findings/report.ts'
import { type Choice, chosen, onPristineHosts } from './cases.ts'
import { inject, symptom } from './check.ts'
import { run } from './exec.ts'
import type { Fault, Topic } from './faults/fault.ts'
import { image } from './image.ts'
import { type Judged, judge } from './judge.ts'
import { inventoryFile, knownHostsFile, stateDir } from './places.ts'
import type { LabHost } from './state.ts'

export interface ScoreOptions extends Choice {
  readonly cli: string
  readonly jobs: number
  readonly sudo: string
  readonly pgMonitor?: boolean
  readonly json?: string
  readonly record?: string
}

interface Row extends Judged {
  readonly id: string
  readonly topic: Topic
  readonly kind: Fault['kind']
  readonly cause: string
  /** The lab itself failed: this row measures nothing. */
  readonly broken: boolean
  /** Of the CLI alone. */
  readonly seconds: number
}

/** Exit status 0 whatever the score, 1 where the lab itself failed. */
export async function score(options: ScoreOptions): Promise<number> {
  const cli = resolve(options.cli)
  if (!existsSync(cli)) throw new Error(`${cli} is missing: npm run build`)
  const start = performance.now()
  const cases = chosen(options)
  const { jobs, sudo, pgMonitor = false } = options
  const pristine = { image: await image(), grants: { sudo, pgMonitor }, jobs }
  const rows = await onPristineHosts(cases, pristine, async (fault, host) => {
    const row = await measure(fault, host, cli, options.record && resolve(options.record)).catch(
      (error: Error) => failed(fault, error.message),
    )
    console.log(line(row))
    return row
  })
  console.log(totals(rows))
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} s in all`)
  if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`)
  return rows.some(({ broken }) => broken) ? 1 : 0
}

async function measure(fault: Fault, host: LabHost, cli: string, recordings?: string): Promise<Row> {
  await inject(host, fault)
  if (!(await symptom(host, fault))) return failed(fault, 'the probe does not hold')
  const start = performance.now()
  const ran = await diagnose(fault, host, cli, recordings)
  const seconds = (performance.now() - start) / 1000
  const judged = read(fault, ran.out, ran.err)
  const { id, topic, kind, cause } = fault
  return { id, topic, kind, cause, seconds, broken: false, ...judged }
}

function diagnose(fault: Fault, host: LabHost, cli: string, recordings?: string) {
  const record = recordings === undefined ? [] : ['--record', join(recordings, fault.id), '--origin', 'lab']
  if (recordings !== undefined) mkdirSync(recordings, { recursive: true })
  const reach = ['--format', 'json', '--inventory', inventoryFile, '--known-hosts', knownHostsFile]
  // From the lab's own folder: a debvisor.yml of the checkout is somebody's, not the lab's.
  return run('node', [cli, 'diagnose', fault.topic, host.name, ...reach, ...record], {
    cwd: stateDir,
    seconds: 90,
  })
}

function read(fault: Fault, out: string, err: string): Judged {
  try {
    return judge(fault, JSON.parse(out) as Report)
  } catch {
    return { right: false, first: 'no report', why: err.trim().split('\n').at(-1) ?? 'no report' }
  }
}

const failed = ({ id, topic, kind, cause }: Fault, why: string): Row => ({
  id,
  topic,
  kind,
  cause,
  right: false,
  broken: true,
  first: '',
  why,
  seconds: 0,
})

function line({ id, cause, first, why, right, broken, seconds }: Row): string {
  const word = broken ? 'BROKEN' : right ? 'right ' : 'wrong '
  const objection = why ? `\n         ${why}` : ''
  return `${word} ${seconds.toFixed(1).padStart(5)} s  ${id}\n         expected: ${cause}\n         first:    ${first}${objection}`
}

function totals(rows: readonly Row[]): string {
  const topics: readonly Topic[] = ['service', 'db', 'websocket', 'performance']
  const groups: [string, Row[]][] = [
    ...topics.map((topic): [string, Row[]] => [
      topic,
      rows.filter((row) => row.kind === 'fault' && row.topic === topic),
    ]),
    ['all faults', rows.filter(({ kind }) => kind === 'fault')],
    ['pairs', rows.filter(({ kind }) => kind === 'pair')],
    ['healthy', rows.filter(({ kind }) => kind === 'healthy')],
  ]
  return groups
    .filter(([, group]) => group.length > 0)
    .map(([name, group]) => {
      const right = group.filter((row) => row.right).length
      const slowest = Math.max(...group.map(({ seconds }) => seconds)).toFixed(1)
      return `${name.padEnd(12)} ${right} of ${group.length} right (${((100 * right) / group.length).toFixed(0)} %), slowest ${slowest} s`
    })
    .join('\n')
}
