// `npx tsx test/bench/probe-costs.ts TOPIC [HOST --inventory FILE --known-hosts FILE] [--rounds N] [--alone]`: what each probe of a look takes from
// the host, the dearest first, with the snapshot beside it. Without a host it looks at this machine over a real OpenSSH server. CPU is the host's own
// account (getrusage of the wave). With --alone each command is asked once more by itself, which tells its processes too: the fewest of all rounds, for
// others start some meanwhile.
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/async/clock.ts'
import { type SetUp, setUp } from '../../src/cli/set-up.ts'
import { loginSettings } from '../../src/config/logins.ts'
import { makeHosts } from '../../src/inventory/host-connections.ts'
import type { Host } from '../../src/inventory/inventory.ts'
import { examine } from '../../src/runs/examination/examine.ts'
import { connect } from '../../src/ssh/connect.ts'
import type { Command, Connected, Session } from '../../src/ssh/outcome.ts'
import { startSshd } from '../fakes/sshd.ts'
import { median } from './times.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inventory: { type: 'string' },
    'known-hosts': { type: 'string' },
    rounds: { type: 'string', default: '3' },
    alone: { type: 'boolean', default: false },
  },
})

interface Look {
  readonly cpu: Map<string, number[]>
  readonly processes: Map<string, number[]>
  readonly wave: number[]
  readonly total: number[]
}

const [topic = 'service', name] = positionals
const sshd = name === undefined ? await startSshd() : undefined
try {
  const { inventory, 'known-hosts': knownHosts } = values
  const ready = setUp(
    process.env,
    { ...(inventory ? { inventory } : {}), ...(knownHosts ? { knownHosts } : {}) },
    { inventoryOptional: true },
  )
  if (!ready.ok) throw new Error(ready.sentences.join('\n'))
  const host: Host | undefined = sshd
    ? {
        name: 'host1',
        groups: [],
        production: false,
        route: { kind: 'ssh', hops: [sshd.hop] },
        variables: {},
      }
    : ready.inventory.hosts.get(name ?? '')
  if (!host) throw new Error(`${name} is not in the inventory`)
  const open = sshd
    ? (signal?: AbortSignal) =>
        connect(host.route, { knownHostsFile: sshd.knownHostsFile, ...(signal && { signal }) })
    : (signal?: AbortSignal) =>
        makeHosts(ready.inventory, loginSettings(ready.config)).connect(host.route, signal)
  await measure(ready, host, open)
} finally {
  await sshd?.stop()
}

async function measure(
  ready: SetUp,
  host: Host,
  open: (signal?: AbortSignal) => Promise<Connected>,
): Promise<void> {
  const runbook = ready.runbooks.topics.get(topic)
  if (!runbook) throw new Error(`there is no topic ${topic}`)
  const look: Look = { cpu: new Map(), processes: new Map(), wave: [], total: [] }
  const note = (to: Map<string, number[]>, id: string, figure: number): void =>
    void to.set(id, [...(to.get(id) ?? []), figure])
  const asked = new Map<string, Command>()
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const byId = new Map<string, number>()
    let all = 0
    const noted = (session: Session): Session => ({
      ...session,
      run: (commands, options) => {
        for (const command of commands) asked.set(command.id, command)
        return session.run(commands, {
          ...options,
          onSpent: (spent) => {
            all += spent.cpuMs
            for (const [id, ms] of spent.byCommand) byId.set(id, (byId.get(id) ?? 0) + ms)
            options?.onSpent?.(spent)
          },
        })
      },
    })
    const examined = await examine(
      {
        hosts: {
          connect: async (_, signal) => {
            const connected = await open(signal)
            return connected.ok ? { ok: true, session: noted(connected.session) } : connected
          },
        },
        redactor: ready.redactor,
        clock: systemClock,
      },
      { runbook, host, snapshot: true },
    )
    if (!examined.ok) throw new Error(examined.failure.reason)
    for (const [id, ms] of byId) note(look.cpu, id, ms)
    look.total.push(all)
    look.wave.push(all - [...byId.values()].reduce((sum, ms) => sum + ms, 0))
    console.error(`${examined.examination.report.verdict}: ${examined.examination.report.summary}`)
  }
  if (values.alone) await askAlone()
  print(look, (id) => runbook.probes.has(id))

  async function askAlone(): Promise<void> {
    const connected = await open()
    if (!connected.ok) throw new Error(connected.failure.reason)
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const command of asked.values())
        await connected.session.run([command], {
          // Without the worker of the command.
          onSpent: ({ processes }) => note(look.processes, command.id, processes - 1),
        })
    await connected.session.close()
  }
}

function print({ cpu, processes, wave, total }: Look, isEvidence: (id: string) => boolean): void {
  const rows = [...cpu].map(([id, all]) => ({ id, ms: median(all), processes: processes.get(id) }))
  const sum = (some: typeof rows) => some.reduce((ms, row) => ms + row.ms, 0)
  for (const row of rows.toSorted((a, b) => b.ms - a.ms)) {
    const count = row.processes ? String(Math.min(...row.processes)) : ''
    console.log(
      `${row.id.padEnd(24)} ${isEvidence(row.id) ? '        ' : 'snapshot'} ${row.ms.toFixed(1).padStart(8)} ms ${count.padStart(5)}`,
    )
  }
  const evidence = rows.filter(({ id }) => isEvidence(id))
  const lines: [string, number][] = [
    [`${evidence.length} probes`, sum(evidence)],
    ['the waves themselves', median(wave)],
    ['the snapshot', sum(rows) - sum(evidence)],
    ['in all', median(total)],
  ]
  for (const [what, ms] of lines) console.log(`${what.padEnd(33)} ${ms.toFixed(1).padStart(8)} ms`)
}
