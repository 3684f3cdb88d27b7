// `npm run bench:fleet [HOSTS]`: the same twelve light commands on many addresses of one OpenSSH server on 127.0.0.1, asked by the built bot and
// by the tools that engineers have for it. What a host does is next to nothing here, so that what is seen is the asking: time, and the CPU of
// this machine's side. All take turns, twice; a peer that is not installed is named.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'ssh2'
import { mapConcurrently } from '../../src/async/map-concurrently.ts'
import { hasSshd, type RealSshd, startSshd } from '../fakes/sshd.ts'

const AT_ONCE = 32
const ROUNDS = 2
const LIGHT = [
  'uptime',
  'cat /proc/loadavg',
  'head -n 3 /proc/meminfo',
  'df -P /',
  'id -un',
  'uname -r',
  'cat /proc/sys/fs/file-nr',
  'cat /proc/pressure/cpu',
  'ls /etc/systemd',
  'cat /proc/net/sockstat',
  'head -n 1 /proc/stat',
  'date +%s',
]
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Milliseconds; CPU of the program and all that it started, without the server. */
interface Taken {
  readonly wall: number
  readonly cpu: number
}

interface Contender {
  readonly name: string
  run(): Promise<void>
}

async function main(count: number): Promise<void> {
  if (!hasSshd()) return
  const sshd = await startSshd({ config: 'MaxStartups 400\nMaxSessions 400' })
  try {
    const names = Array.from({ length: count }, (_, at) => `h${at + 1}`)
    const contenders = contendersFor(sshd, names)
    const taken = new Map<string, Taken[]>()
    const missing = new Set<string>()
    for (let round = 0; round < ROUNDS; round += 1)
      for (const { name, run } of contenders) {
        if (missing.has(name)) continue
        try {
          taken.set(name, [...(taken.get(name) ?? []), await measured(run)])
        } catch (error) {
          missing.add(name)
          console.log(
            `  ${name}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not installed' : error}`,
          )
        }
      }
    print(count, taken)
  } finally {
    await sshd.stop()
  }
}

function contendersFor(sshd: RealSshd, names: readonly string[]): Contender[] {
  const { folder } = sshd
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const script = LIGHT.join('; ')
  const { hop, knownHostsFile } = sshd
  const ssh = file(
    'ssh_config',
    `Host h*
  HostName 127.0.0.1
  Port ${hop.port}
  User ${hop.user}
  IdentityFile ${hop.keyFile}
  IdentitiesOnly yes
  BatchMode yes
  UserKnownHostsFile ${knownHostsFile}
`,
  )
  const hosts = file('hosts', `${names.join('\n')}\n`)
  const ansible = file(
    'ansible.ini',
    `${names.map((name) => `${name} ansible_ssh_common_args='-F ${ssh}'`).join('\n')}\n`,
  )
  const config = botFiles(sshd, names, file)
  const at = String(AT_ONCE)
  return [
    {
      name: 'debvisor diagnose all',
      run: () =>
        program(process.execPath, [
          ...[cli, 'diagnose', 'light', 'all', '--format', 'json', '--concurrency', at, '--config', config],
        ]),
    },
    { name: 'ssh2, nothing else', run: () => bareSsh2(sshd, names, script) },
    {
      name: 'clush -f 32',
      run: () => program('clush', ['-f', at, '-o', `-F ${ssh}`, '-w', names.join(','), script]),
    },
    {
      name: 'parallel-ssh -p 32',
      run: () => program('parallel-ssh', ['-p', at, '-h', hosts, '-x', `-F ${ssh}`, '-i', script]),
    },
    {
      name: 'ansible -f 32, raw',
      run: () => program('ansible', ['-i', ansible, '-f', at, 'all', '-m', 'raw', '-a', script]),
    },
  ]
}

/** Its configuration, inventory and the runbook with those commands. */
function botFiles(
  sshd: RealSshd,
  names: readonly string[],
  file: (name: string, text: string) => string,
): string {
  const { hop, knownHostsFile } = sshd
  const probes = LIGHT.map(
    (command, at) => `  p${at}: { title: Look ${at}, run: ${JSON.stringify(command)}, parse: lines }`,
  )
  mkdirSync(join(sshd.folder, 'own'))
  file(
    'own/light.yml',
    `version: 1
topic: light
title: Twelve light commands
symptoms: [A measurement]
probes:
${probes.join('\n')}
findings:
  light.odd: { title: Something is odd, when: 'p0.lines.size() == 0', severity: critical, subject: host, detail: it says nothing, evidence: [p0], resolution: [Look at it] }
`,
  )
  file(
    'inventory.yml',
    `all:
  vars:
    ansible_host: 127.0.0.1
    ansible_port: ${hop.port}
    ansible_user: ${hop.user}
    ansible_ssh_private_key_file: ${hop.keyFile}
  hosts: { ${names.map((name) => `${name}: {}`).join(', ')} }
`,
  )
  return file(
    'debvisor.yml',
    `version: 1\ninventory: ./inventory.yml\nknownHosts: ${knownHostsFile}\nrunbooks: [./own]\n`,
  )
}

function program(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ANSIBLE_PIPELINING: '1', ANSIBLE_HOST_KEY_CHECKING: 'True' },
  })
  let said = ''
  child.stdout.resume()
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString().slice(0, 500)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`status ${code}: ${said.slice(0, 300)}`)),
    )
  })
}

/** As little as a program in Node.js can do. */
async function bareSsh2({ hop }: RealSshd, names: readonly string[], script: string): Promise<void> {
  const privateKey = readFileSync(hop.keyFile ?? '')
  await mapConcurrently(
    names,
    AT_ONCE,
    () =>
      new Promise<void>((resolve, reject) => {
        const client = new Client()
        client.once('error', reject).once('ready', () =>
          client.exec(script, (error, channel) => {
            if (error) return reject(error)
            channel.resume().once('close', () => {
              client.end()
              resolve()
            })
          }),
        )
        client.connect({ host: hop.address, port: hop.port, username: hop.user, privateKey })
      }),
  )
}

const TICK_MS = 10

/** Of this process and of its children that have ended; the server has not. */
function cpuSoFar(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) * TICK_MS
}

async function measured(run: () => Promise<void>): Promise<Taken> {
  const [cpu, began] = [cpuSoFar(), performance.now()]
  await run()
  return { wall: performance.now() - began, cpu: cpuSoFar() - cpu }
}

function print(count: number, taken: ReadonlyMap<string, readonly Taken[]>): void {
  const best = (all: readonly Taken[], of: 'wall' | 'cpu') => Math.min(...all.map((one) => one[of]))
  const ours = taken.get('debvisor diagnose all') ?? []
  console.log(
    `\n${count} hosts, ${LIGHT.length} commands each, ${AT_ONCE} hosts at once; the better of ${ROUNDS} rounds`,
  )
  for (const [name, all] of taken) {
    const [wall, cpu] = [best(all, 'wall'), best(all, 'cpu')]
    console.log(
      `  ${name.padEnd(24)} ${(wall / 1000).toFixed(1).padStart(6)} s  ${(cpu / count).toFixed(0).padStart(5)} ms of CPU a host   debvisor takes ${(best(ours, 'wall') / wall).toFixed(2)} of its time, ${(best(ours, 'cpu') / cpu).toFixed(2)} of its CPU`,
    )
  }
}

await main(Number(process.argv[2] ?? 100))
