// `npm run bench [TOPIC…]`: how long the bot takes to acknowledge and to its verdict, and the host's CPU for it, beside plain ssh with the
// very commands that the bot ran, on a real OpenSSH server on 127.0.0.1. All rounds alternate, so a busy machine slows all of them alike.
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/async/clock.ts'
import { loadRunbooks, type Runbook } from '../../src/engine/load-runbooks.ts'
import { makeRedactor } from '../../src/redact/redact.ts'
import { examine } from '../../src/runs/examination/examine.ts'
import { connect } from '../../src/ssh/connect.ts'
import type { Command, Session } from '../../src/ssh/outcome.ts'
import { quote } from '../../src/text/quote.ts'
import { printProblem } from '../../src/yaml/problem.ts'
import { startPostgres } from '../fakes/postgres.ts'
import { hasSshd, type RealSshd, startSshd } from '../fakes/sshd.ts'
import { type HostCost, hostCost, printCosts } from './host-cost.ts'
import { oneByOne, plainSsh, sideBySide } from './plain-ssh.ts'
import { type Served, serve } from './served.ts'
import { median, ms, quantile, timed } from './times.ts'

const ROUNDS = 7
/** Of what a look takes from the host. */
const COST_ROUNDS = 3
/** The rounds of all topics together end after about so long. */
const BUDGET_MS = 60_000
const HOSTS = Array.from({ length: 20 }, (_, i) => `host${i + 1}`)

/** Bots by what keeps their data, and how fast each acknowledged while nothing else went on. */
type Bots = ReadonlyMap<string, { readonly served: Served; readonly acks: number[] }>

async function main(asked: readonly string[]): Promise<void> {
  const loaded = loadRunbooks([fileURLToPath(new URL('../../src/runbooks', import.meta.url))])
  if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
  const topics = [...loaded.runbooks.topics.values()].filter(
    ({ topic }) => asked.length === 0 || asked.includes(topic),
  )
  if (!hasSshd()) return
  // Everybody at once are more than the ten unfinished logins that sshd takes by default.
  const sshd = await startSshd({ config: 'MaxStartups 100' })
  const postgres = await startPostgres()
  const bots = new Map<string, { served: Served; acks: number[] }>()
  const add = async (store: string, url?: string) =>
    bots.set(store, { served: await serve(sshd, HOSTS, url), acks: [] })
  try {
    await add('embedded store')
    if (postgres) await add('PostgreSQL', postgres.url)
    for (const runbook of topics) await compare(runbook, sshd, bots, BUDGET_MS / topics.length)
    if (topics[0]) await crowd(topics[0], sshd, bots)
  } finally {
    for (const { served } of bots.values()) await served.stop()
    await postgres?.stop()
    await sshd.stop()
  }
}

/** One topic's table: from the typed command to the verdict in Slack, the same without Slack and store, and ssh by hand. */
async function compare(runbook: Runbook, sshd: RealSshd, bots: Bots, budgetMs: number): Promise<void> {
  const commands = await diagnose(runbook, sshd)
  const contenders = new Map<string, () => Promise<number>>()
  for (const [store, { served, acks }] of bots) {
    contenders.set(`bot in Slack, ${store}`, async () => {
      const { ack, verdict } = await served.diagnose(runbook.topic, 'host1')
      acks.push(ack)
      return verdict
    })
  }
  contenders.set('bot, connect to verdict', () => timed(() => diagnose(runbook, sshd)))
  contenders.set('ssh host sh -s, one by one', () => timed(() => plainSsh(sshd, oneByOne(commands))))
  contenders.set('ssh host sh -s, side by side', () => timed(() => plainSsh(sshd, sideBySide(commands))))
  contenders.set('ssh host sh -s, nothing', () => timed(() => plainSsh(sshd, '')))

  const times = new Map<string, number[]>([...contenders.keys()].map((name) => [name, []]))
  const began = performance.now()
  let rounds = 0
  for (; rounds < ROUNDS && performance.now() - began < budgetMs; rounds += 1) {
    for (const [name, contender] of contenders) times.get(name)?.push(await contender())
  }
  console.log(`\n${runbook.topic}: ${commands.length} commands, ${rounds} rounds, median (least to most)`)
  printTable(times)
  printCosts(await costs(runbook, sshd, commands))
}

/** What it takes from the host, which may be sick: in turn, so that a busy machine is the same to both. */
async function costs(
  runbook: Runbook,
  sshd: RealSshd,
  commands: readonly string[],
): Promise<Map<string, HostCost[]>> {
  const looks = new Map<string, () => Promise<unknown>>([
    ['bot, connect to verdict', () => diagnose(runbook, sshd)],
    ['ssh host sh -s, one by one', () => plainSsh(sshd, oneByOne(commands))],
  ])
  const found = new Map<string, HostCost[]>()
  for (let round = 0; round < COST_ROUNDS; round += 1) {
    for (const [name, look] of looks)
      found.set(name, [...(found.get(name) ?? []), await hostCost(sshd, look)])
  }
  return found
}

/** Each beside plain ssh with the same commands, as an engineer runs them. */
function printTable(times: ReadonlyMap<string, readonly number[]>): void {
  const plain = median(times.get('ssh host sh -s, one by one') ?? [])
  for (const [name, all] of times) {
    const span = `(${ms(Math.min(...all))} to ${ms(Math.max(...all))})`
    const ratio = `${(median(all) / plain).toFixed(2)} of one by one`
    console.log(`  ${name.padEnd(30)} ${ms(median(all)).padStart(8)} ${span.padEnd(22)} ${ratio}`)
  }
}

/** Everybody asks at once: what an acknowledgement takes while runs go on, and the verdicts beside as many logins by hand. */
async function crowd(runbook: Runbook, sshd: RealSshd, bots: Bots): Promise<void> {
  console.log(`\n${HOSTS.length} times ${runbook.topic} at once`)
  const script = oneByOne(await diagnose(runbook, sshd))
  const plain = await Promise.all(HOSTS.map(() => timed(() => plainSsh(sshd, script))))
  console.log(`  ${'ssh host sh -s, one by one'.padEnd(30)} ${spread(plain)}`)
  for (const [store, { served, acks }] of bots) {
    const all = await Promise.all(HOSTS.map((host) => served.diagnose(runbook.topic, host)))
    const verdicts = all.map(({ verdict }) => verdict)
    const ratio = `${(median(verdicts) / median(plain)).toFixed(2)} of by hand`
    console.log(`  ${`bot in Slack, ${store}`.padEnd(30)} ${spread(verdicts)}  ${ratio}`)
    console.log(`    acknowledged then            ${spread(all.map(({ ack }) => ack))}`)
    console.log(`    acknowledged one by one      ${spread(acks)} (${acks.length} commands)`)
  }
}

const spread = (all: readonly number[]): string =>
  `p50 ${ms(median(all)).padStart(8)}  p95 ${ms(quantile(all, 0.95)).padStart(8)}`

const commandOf = (command: Command): string =>
  command.kind === 'shell' ? command.script : command.argv.map(quote).join(' ')

/** The whole job but Slack and the store. Answers the commands as the host got them: of a record secrets are hidden, and it would not run. */
async function diagnose(runbook: Runbook, sshd: RealSshd): Promise<readonly string[]> {
  const asked: string[] = []
  const noted = (session: Session): Session => ({
    ...session,
    run: (commands, options) => {
      asked.push(...commands.map(commandOf))
      return session.run(commands, options)
    },
  })
  const examined = await examine(
    {
      hosts: {
        connect: async (route, signal) => {
          const connected = await connect(route, { knownHostsFile: sshd.knownHostsFile, signal })
          return connected.ok ? { ok: true, session: noted(connected.session) } : connected
        },
      },
      redactor: makeRedactor({ secrets: [] }),
      clock: systemClock,
    },
    {
      runbook,
      host: {
        name: sshd.hop.name,
        groups: [],
        production: false,
        route: { kind: 'ssh', hops: [sshd.hop] },
        variables: {},
      },
    },
  )
  if (!examined.ok) throw new Error(`${examined.failure.hop}: ${examined.failure.reason}`)
  return asked
}

await main(process.argv.slice(2))
