import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Person } from '../../../src/access/authorize.ts'
import type { Policy } from '../../../src/access/policy.ts'
import { loadRunbooks } from '../../../src/engine/load-runbooks.ts'
import type { Escalation } from '../../../src/escalation/escalation.ts'
import { addEscalation } from '../../../src/escalation/escalation-store.ts'
import type { Capabilities } from '../../../src/handlers/capabilities.ts'
import type { Host } from '../../../src/inventory/inventory.ts'
import { createRun } from '../../../src/runs/run-store.ts'
import type { Message } from '../../../src/slack/message.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import type { Db } from '../../../src/store/db.ts'
import { storeWith } from '../../fakes/stores.ts'

export const member: Person = {
  id: 'U1',
  team: 'T1',
  deleted: false,
  bot: false,
  guest: false,
  stranger: false,
}

/** A bot of workspace T1 that knows the topics `db` and `service`, and what it said in Slack. */
export interface MentionWorld {
  readonly bot: Capabilities
  /** "5.1: db on host1 …", by thread, of what everybody reads. */
  readonly said: string[]
  /** The same as it was posted. */
  readonly posted: Message[]
  /** What stands at the top of threads, by ts. */
  readonly above: Map<string, unknown>
  /** Channels that the bot is not in. */
  readonly away: Set<string>
  /** Users to whom a direct message was opened. */
  readonly opened: string[]
}

const runbooks = loadRunbooks([fileURLToPath(new URL('../../e2e/small-topics', import.meta.url))])

export function makeMentionWorld(
  db: Db,
  {
    hosts = ['host1', 'host2'],
    policy,
  }: { readonly hosts?: readonly string[]; readonly policy?: Policy } = {},
): MentionWorld {
  if (!runbooks.ok) throw new Error('the small topics are good')
  const said: string[] = []
  const posted: Message[] = []
  const above = new Map<string, unknown>()
  const away = new Set<string>()
  const opened: string[] = []
  const host = (name: string): Host => ({
    name,
    groups: [],
    production: true,
    route: { kind: 'local' },
    variables: {},
  })
  const inventory = { hosts: new Map(hosts.map((name) => [name, host(name)])), groups: new Map() }
  const delivery = {
    post: async ({ thread }: { thread?: string }, message: Message) => {
      said.push(`${thread}: ${toPlain(message)}`)
      posted.push(message)
      return { ok: true, ts: randomUUID() }
    },
    message: async (_: string, ts: string) => above.get(ts),
    ephemeral: async (_: unknown, user: string, message: Message) => {
      said.push(`${user} alone: ${toPlain(message)}`)
      return { ok: true }
    },
    isIn: async (channel: string) => !away.has(channel),
    openDm: async (user: string) => {
      opened.push(user)
      return { ok: true, channel: `D-${user}` }
    },
    permalink: async () => undefined,
  }
  const bot = {
    store: storeWith(db),
    slack: {
      delivery,
      person: async (id: string) => ({ ...member, id }),
      memberships: async () => new Map(),
    },
    access: { homeTeam: 'T1', policy },
    redactor: { text: (text: string) => text },
    runbooks: runbooks.runbooks,
    hosts: { inventory },
    limits: {
      waiting: 500,
      waitingPerChannel: 50,
      waitingPerUser: 20,
      watches: 50,
      watchesPerUser: 10,
      schedules: 50,
      fleetHosts: 4,
      runningFleets: 2,
    },
    escalationSettings: { lead: undefined, reachable: ['page'], acknowledgeWithin: [] },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  } as unknown as Capabilities
  return { bot, said, posted, above, away, opened }
}

/** An open ticket of workspace T1. */
export function openTicket(db: Db): Promise<Escalation> {
  const actor = { kind: 'user', id: 'U1' } as const
  const about = { team: 'T1', actor, channel: 'C1' }
  return db.tx(async (tx) => {
    const where = { topic: 'db', host: 'host1', production: true, responseUrl: null }
    const { id: runId } = await createRun(tx, { ...about, ...where })
    const text = { title: 'down', body: '## Summary\nx', severity: 'critical' } as const
    const wanted = { ...about, ...text, problemKey: randomUUID(), level: 1, runId } as const
    return (await addEscalation(tx, wanted)).escalation
  })
}
