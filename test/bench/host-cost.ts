import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RealSshd } from '../fakes/sshd.ts'
import { median, ms } from './times.ts'

/** What a look takes from the host: CPU of all that its sshd started, and processes of the whole machine meanwhile. */
export interface HostCost {
  readonly cpuMs: number
  readonly processes: number
}

/** Of what this sshd starts for the work and waits for, down to the last grandchild (cutime and cstime, proc(5)). */
export async function hostCost(sshd: RealSshd, work: () => Promise<unknown>): Promise<HostCost> {
  await sessionsOver(sshd)
  const before = { cpuMs: reapedMs(sshd.pid), processes: forks() }
  await work()
  await sessionsOver(sshd)
  return { cpuMs: reapedMs(sshd.pid) - before.cpuMs, processes: forks() - before.processes }
}

/** Each beside the last of them, by default as an engineer would ask. */
export function printCosts(costs: ReadonlyMap<string, readonly HostCost[]>, last = 'one by one'): void {
  const cpu = (all: readonly HostCost[]) => median(all.map(({ cpuMs }) => cpuMs))
  const plain = cpu([...costs.values()].at(-1) ?? [])
  for (const [name, all] of costs) {
    const processes = Math.round(median(all.map((cost) => cost.processes)))
    const ratio = `${(cpu(all) / plain).toFixed(2)} of ${last}`
    console.log(
      `  CPU of the host, ${name.padEnd(28)} ${ms(cpu(all)).padStart(8)} ${processes} processes  ${ratio}`,
    )
  }
}

/** A session's processes are counted once sshd has waited for them. */
async function sessionsOver({ pid }: RealSshd): Promise<void> {
  const children = () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  for (let tries = 0; tries < 500 && children() !== ''; tries += 1) await sleep(10)
}

const TICK_MS = 10

function reapedMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS
}

const forks = (): number => Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1])
