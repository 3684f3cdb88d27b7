import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Report } from '../../src/findings/report.ts'
import { botUser } from './access.ts'
import { type Choice, chosen, onPristineHosts } from './cases.ts'
import { inject, symptom } from './check.ts'
import { must, run } from './exec.ts'
import type { Fault } from './faults/fault.ts'
import { image } from './image.ts'
import { type Judged, judge } from './judge.ts'
import { inventoryFile, keyFile, knownHostsFile, stateDir } from './places.ts'
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
  readonly rights: string
  readonly json?: string
  readonly record?: string
  readonly expectAll?: boolean
}

/** Exit status 0 whatever the score (1 with `expectAll` where a case is wrong), and 1 where the lab itself failed. */
export async function score(options: ScoreOptions): Promise<number> {
  const cli = resolve(options.cli)
  if (!existsSync(cli)) throw new Error(`${cli} is missing: npm run build`)
  const rights = rightsOf.find((one) => one === options.rights)
  if (!rights) throw new Error(`--rights is ${rightsOf.join(' or ')}, not '${options.rights}'`)
  const start = performance.now()
  const cases = chosen(options)
  const pristine = { image: await image(), grants: await grants(rights, cli), jobs: options.jobs }
  const rows = await onPristineHosts(cases, pristine, async (fault, host) => {
    const row = await measure(fault, host, cli, options.record && resolve(options.record)).catch(
      (error: Error) => failed(fault, error.message),
    )
    console.log(line(row))
    return row
  })
  for (const total of totals(rows)) console.log(sentence(total))
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} s in all`)
  if (options.json) writeResults(options.json, resultsOf(rights, rows))
  const right = rows.filter((row) => row.right).length
  console.log(`${right} passed, ${rows.length - right} failed`)
  if (rows.some(({ broken }) => broken)) return 1
  return options.expectAll && right < rows.length ? 1 : 0
}

const sentence = (total: Total): string =>
  `${total.name.padEnd(13)} ${total.right} of ${total.of} right (${percent(total)}), slowest ${total.slowest.toFixed(1)} s`

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

async function measure(fault: Fault, host: LabHost, cli: string, recordings?: string): Promise<Row> {
  await inject(host, fault)
  if (!(await symptom(host, fault))) return failed(fault, 'the probe does not hold')
  const start = performance.now()
  const ran = await diagnose(fault, host, cli, recordings)
  const seconds = (performance.now() - start) / 1000
  const judged = read(fault, ran.out, ran.err)
  return { ...about(fault), seconds, broken: false, ...judged }
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

function line({ id, cause, first, why, right, broken, seconds }: Row): string {
  const word = broken ? 'BROKEN' : right ? 'right ' : 'wrong '
  const objection = why ? `\n         ${why}` : ''
  return `${word} ${seconds.toFixed(1).padStart(5)} s  ${id}\n         expected: ${cause}\n         first:    ${first}${objection}`
}
