import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import { shippedRunbooks } from '../../../src/cli/set-up.ts'
import { type FakePagerDuty, startPagerDuty } from '../../fakes/pagerduty.ts'
import { type RealPostgres, startPostgres } from '../../fakes/postgres.ts'
import { hostilities, type WantedHost } from '../hosts/host-kinds.ts'
import { openSimulatedHosts, type SimulatedHosts } from '../hosts/simulated-hosts.ts'
import type { Random } from '../random.ts'
import { runbooksOfSuite, writeFiles } from './files.ts'
import { pickRecordings } from './pick-recordings.ts'
import { type Replica, startReplica } from './replica.ts'
import { openStoreReader, type StoreReader } from './store-reader.ts'
import { openStoreWire, type StoreWire } from './store-wire.ts'

export const REPLICAS = 3
const PEOPLE = 10
const GAUGES = 24
const RECORDED = 8
const ROUTING_KEY = 'R0UT1NGKEY0000000000000000000000'
const ALERTS_CHANNEL = 'alerts'

/** Everything around the bot, and three of it. */
export interface World {
  readonly folder: string
  readonly config: string
  readonly slack: FakeSlack
  readonly pager: FakePagerDuty
  readonly postgres: RealPostgres
  readonly store: StoreReader
  readonly wires: readonly StoreWire[]
  readonly replicas: readonly Replica[]
  readonly hosts: SimulatedHosts
  /** Names of people; the channel of each has the same name with a c in front. */
  readonly people: readonly string[]
  readonly alertsChannel: string
  readonly production: ReadonlySet<string>
  readonly env: Readonly<Record<string, string>>
  close(options: { readonly keep: boolean }): Promise<void>
}

export async function openWorld(random: Random): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-chaos-'))
  // An immediate stop forgets what was acknowledged, unless COMMIT waits for its write.
  const settings = ['synchronous_commit=on', 'full_page_writes=on', 'max_connections=300']
  const people = Array.from({ length: PEOPLE }, (_, i) => `p${i + 1}`)
  const [postgres, pager, slack, hosts] = await Promise.all([
    startPostgres({ settings }),
    startPagerDuty({ routingKeys: [ROUTING_KEY], apiToken: 'api-token-1' }),
    startFakeSlack({
      users: Object.fromEntries(people.map((name) => [name, { real_name: `Person ${name}` }])),
      channels: Object.fromEntries(
        [...people.map((name) => `c${name}`), ALERTS_CHANNEL].map((name) => [name, { bot: true }]),
      ),
    }),
    openSimulatedHosts(wantedHosts(random.fork('hosts')), [shippedRunbooks, runbooksOfSuite]),
  ])
  if (!postgres) throw new Error('there is no PostgreSQL on this machine (apt-get install postgresql)')
  const production = new Set(
    hosts.hosts.filter(({ kind }, at) => kind !== 'hostile' && at % 3 === 0).map(({ name }) => name),
  )
  const config = writeFiles({ folder, slack, hosts, production, pager, alertsChannel: ALERTS_CHANNEL })
  const port = Number(new URL(postgres.url).port)
  const wires = await Promise.all(Array.from({ length: REPLICAS }, () => openStoreWire(port)))
  const env = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
    PAGERDUTY_API_TOKEN: 'api-token-1',
  }
  const replicas = wires.map(({ port: wire }, at) =>
    startReplica({
      name: `replica${at + 1}`,
      config,
      folder,
      env: { ...env, DATABASE_URL: through(postgres.url, wire) },
    }),
  )
  const store = openStoreReader(postgres.url)
  return {
    folder,
    config,
    slack,
    pager,
    postgres,
    store,
    wires,
    replicas,
    hosts,
    people,
    alertsChannel: ALERTS_CHANNEL,
    production,
    env: { ...env, DATABASE_URL: postgres.url },
    async close({ keep }) {
      await Promise.all(replicas.map((replica) => replica.stop(1)))
      await store.close()
      await Promise.all(wires.map((wire) => wire.close()))
      await Promise.all([slack.close(), pager.close(), hosts.close(), postgres.stop()])
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}

const wantedHosts = (random: Random): WantedHost[] => [
  ...Array.from({ length: GAUGES }, (_, i): WantedHost => ({ name: `gauge${i + 1}`, kind: 'gauge' })),
  ...pickRecordings(random, RECORDED).map(
    (folder, i): WantedHost => ({ name: `recorded${i + 1}`, kind: 'recorded', folder }),
  ),
  ...hostilities.map((how): WantedHost => ({ name: `hostile-${how}`, kind: 'hostile', how })),
]

function through(url: string, port: number): string {
  const wired = new URL(url)
  wired.port = String(port)
  return wired.href
}
