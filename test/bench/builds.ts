// `npx tsx test/bench/builds.ts OLD/dist/cli.js NEW/dist/cli.js [--topic T] [--rounds N]`: what a look of each build takes from the host, in turn, so that
// a busy machine is the same to both. The host is this machine behind a real OpenSSH server. With `--host NAME --inventory FILE --known-hosts FILE
// --group FOLDER` it is another one, of which that is the control group: all that runs there counts then, less what it takes by itself meanwhile.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type RealSshd, startSshd } from '../fakes/sshd.ts'
import { type HostCost, hostCost, printCosts } from './host-cost.ts'

const { values, positionals: builds } = parseArgs({
  allowPositionals: true,
  options: {
    topic: { type: 'string', default: 'service' },
    rounds: { type: 'string', default: '5' },
    host: { type: 'string' },
    inventory: { type: 'string' },
    'known-hosts': { type: 'string' },
    group: { type: 'string' },
  },
})

const QUIET_MS = 4_000

async function main(): Promise<void> {
  const { host, inventory, 'known-hosts': knownHosts, group, topic } = values
  const sshd = host === undefined ? await startSshd() : undefined
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-builds-'))
  try {
    const files = sshd ? filesFor(sshd, folder) : { inventory: inventory ?? '', knownHosts: knownHosts ?? '' }
    const options = ['--inventory', files.inventory, '--known-hosts', files.knownHosts]
    const costs = new Map<string, HostCost[]>(builds.map((build) => [build, []]))
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const build of builds) {
        const look = () => run(build, ['diagnose', topic, host ?? 'host1', ...options])
        costs.get(build)?.push(sshd ? await hostCost(sshd, look) : await costOfGroup(group ?? '', look))
      }
    printCosts(costs, 'the last build')
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await sshd?.stop()
  }
}

function filesFor({ hop, knownHostsFile }: RealSshd, folder: string) {
  const host = {
    ansible_host: hop.address,
    ansible_port: hop.port,
    ansible_user: hop.user,
    ansible_ssh_private_key_file: hop.keyFile,
  }
  const inventory = join(folder, 'inventory.yml')
  writeFileSync(inventory, JSON.stringify({ all: { hosts: { host1: host } } }), { mode: 0o600 })
  return { inventory, knownHosts: knownHostsFile }
}

const run = (cli: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve) => {
    spawn(process.execPath, [cli, ...args], { stdio: 'ignore' }).once('close', () => resolve())
  })

async function costOfGroup(group: string, look: () => Promise<void>): Promise<HostCost> {
  const idle = await spent(group, () => sleep(QUIET_MS))
  const began = performance.now()
  const all = await spent(group, look)
  const byItself = (idle * (performance.now() - began)) / QUIET_MS
  return { cpuMs: all - byItself, processes: 0 }
}

async function spent(group: string, work: () => Promise<unknown>): Promise<number> {
  const before = usageMs(group)
  await work()
  return usageMs(group) - before
}

/** cgroup v1, then v2. */
function usageMs(group: string): number {
  const old = join(group, 'cpuacct.usage')
  if (existsSync(old)) return Number(readFileSync(old, 'utf8')) / 1e6
  return Number(/usage_usec (\d+)/.exec(readFileSync(join(group, 'cpu.stat'), 'utf8'))?.[1]) / 1e3
}

await main()
