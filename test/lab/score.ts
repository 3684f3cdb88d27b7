import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Report } from '../../src/findings/report.ts'
import { botUser } from './access.ts'
import { type Choice, chosen, onPristineHosts } from './cases.ts'
import { breakAndProve } from './check.ts'
import { must, run } from './exec.ts'
import type { Fault } from './faults/fault.ts'
import { image } from './image.ts'
import { type Judged, judge } from './judge.ts'
import { inventoryFile, keyFile, knownHostsFile, stateDir } from './places.ts'
import { platformNamed } from './platforms/platform.ts'
import {
  percent,
  type Rights,
  type Row,
  resultsOf,
  rightsOf,
  type Total,
  totals,
  writeResults,
} from './results.ts'
import type { Grants, LabHost } from './state.ts'

export interface ScoreOptions extends Choice {
  readonly cli: string
  readonly jobs: number
  /** What the names of its hosts begin with: two scores at a time need two. */
  readonly hosts?: string
  readonly rights: string
  readonly json?: string
  readonly record?: string
  readonly expectAll?: boolean
  /** Harmless changes beside each fault. */
  readonly churn?: boolean
  /** A snapshot of each pristine host is what the CLI compares with; brings `churn`. */
  readonly snapshot?: boolean
}

/** What each case is measured with. */
interface Means {
  readonly cli: string
  readonly recordings?: string
  readonly churn: boolean
  readonly snapshot: boolean
}

/** Exit status 0 whatever the score (1 with `expectAll` where a case is wrong), and 1 where the lab itself failed. */
export async function score(options: ScoreOptions): Promise<number> {
  const cli = resolve(options.cli)
  if (!existsSync(cli)) throw new Error(`${cli} is missing: npm run build`)
  const rights = rightsOf.find((one) => one === options.rights)
  if (!rights) throw new Error(`--rights is ${rightsOf.join(' or ')}, not '${options.rights}'`)
  const start = performance.now()
  const cases = chosen(options)
  const pristine = {
    image: await image(platformNamed(options.platform)),
    grants: await grants(rights, cli),
    jobs: options.jobs,
    prefix: options.hosts,
  }
  const snapshot = options.snapshot ?? false
  const churn = snapshot || (options.churn ?? false)
  const recordings = options.record === undefined ? {} : { recordings: resolve(options.record) }
  const means: Means = { cli, churn, snapshot, ...recordings }
  const rows = await onPristineHosts(cases, pristine, async (fault, host) => {
    const row = await measure(fault, host, means).catch((error: Error) => failed(fault, error.message))
    console.log(line(row))
    return row
  })
  for (const total of totals(rows)) console.log(sentence(total, snapshot))
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} s in all`)
  if (options.json)
    writeResults(options.json, resultsOf({ rights, platform: options.platform, churn, snapshot }, rows))
  const right = rows.filter((row) => row.right).length
  console.log(`${right} passed, ${rows.length - right} failed`)
  if (rows.some(({ broken }) => broken)) return 1
  return options.expectAll && right < rows.length ? 1 : 0
}

function sentence(total: Total, snapshot: boolean): string {
  const { name, right, bySuspect, falseSuspects, of, slowest } = total
  const ways =
    name === 'healthy'
      ? `${falseSuspects} false suspects`
      : `${right - bySuspect} by cause, ${bySuspect} by suspect`
  return `${name.padEnd(13)} ${right} of ${of} right (${percent(total)})${snapshot ? `, ${ways}` : ''}, slowest ${slowest.toFixed(1)} s`
}

/** What an operator grants who does what the README says: the file that the very CLI prints. */
async function grants(rights: Rights, cli: string): Promise<Grants> {
  if (rights === 'login') return { sudo: 'none' }
  const folder = join(stateDir, 'granted')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const vars = `{ ansible_user: ${botUser}, ansible_ssh_private_key_file: ${keyFile} }`
  writeFileSync(join(folder, 'inventory.yml'), `all:\n  vars: ${vars}\n  hosts: { any: {} }\n`)
  const sudoers = join(folder, 'sudoers')
  writeFileSync(
    sudoers,
    await must('node', [cli, 'sudoers', 'any', '--inventory', 'inventory.yml'], { cwd: folder }),
  )
  return { sudo: sudoers, pgMonitor: true }
}

async function measure(fault: Fault, host: LabHost, means: Means): Promise<Row> {
  const baseline = means.snapshot ? await snapshotOf(host, means.cli) : undefined
  const unproved = await breakAndProve(host, fault, means.churn)
  if (unproved) return failed(fault, unproved)
  const start = performance.now()
  const ran = await diagnose(fault, host, means, baseline)
  const seconds = (performance.now() - start) / 1000
  const judged = read(fault, ran.out, ran.err)
  return { ...about(fault), seconds, broken: false, ...judged }
}

const reach = ['--inventory', inventoryFile, '--known-hosts', knownHostsFile]

/** The CLI runs from the lab's own folder: a debvisor.yml of the checkout is somebody's, not the lab's. */
const inLab = { cwd: stateDir, seconds: 90 }

/** What the host was before its fault, as the very CLI takes it. Answers the file. */
async function snapshotOf({ name }: LabHost, cli: string): Promise<string> {
  const folder = join(stateDir, 'baselines')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${name}.json`)
  rmSync(file, { force: true })
  const ran = await run('node', [cli, 'snapshot', name, '--out', file, ...reach], inLab)
  if (existsSync(file)) return file
  throw new Error(`no snapshot: exit ${ran.code}: ${ran.err.trim().split('\n').at(-1)}`)
}

function diagnose(fault: Fault, host: LabHost, { cli, recordings }: Means, baseline: string | undefined) {
  const record = recordings === undefined ? [] : ['--record', join(recordings, fault.id), '--origin', 'lab']
  if (recordings !== undefined) mkdirSync(recordings, { recursive: true })
  const compare = baseline === undefined ? [] : ['--baseline', baseline]
  const options = ['--format', 'json', ...reach, ...compare, ...record]
  return run('node', [cli, 'diagnose', fault.topic, host.name, ...options], inLab)
}

function read(fault: Fault, out: string, err: string): Judged {
  try {
    return judge(fault, JSON.parse(out) as Report)
  } catch {
    return { right: false, first: 'no report', why: err.trim().split('\n').at(-1) ?? 'no report' }
  }
}

const failed = (fault: Fault, why: string): Row => ({
  ...about(fault),
  right: false,
  broken: true,
  first: '',
  why,
  seconds: 0,
})

const about = ({ id, topic, kind, cause, unseen }: Fault) => ({
  id,
  topic,
  kind,
  cause,
  unseen: unseen === true,
})

function line({ id, cause, first, suspect, by, why, right, broken, seconds }: Row): string {
  const word = broken ? 'BROKEN' : right ? 'right ' : 'wrong '
  const suspicion = suspect ? [`suspect:  ${suspect}`] : []
  const way = by === 'suspect' ? ['right by its suspect'] : []
  const said = [`expected: ${cause}`, `first:    ${first}`, ...suspicion, ...way, ...(why ? [why] : [])]
  return `${word} ${seconds.toFixed(1).padStart(5)} s  ${id}\n${said.map((one) => `         ${one}`).join('\n')}`
}
