import { spawnSync } from 'node:child_process'
import type { SeenMessage as SlackMessage } from '../../../playground/slack/user/screen.ts'
import type { FaultCount } from '../faults/fault-counts.ts'
import type { SentAlert } from '../workload/alerts.ts'
import type { RequestLog } from '../workload/requests.ts'
import { buttonsIn, type ChaosScreen, keyOf } from '../workload/screen.ts'
import type { Unsettled } from '../workload/settle.ts'
import { cli } from '../world/replica.ts'
import type { StoreReader } from '../world/store-reader.ts'
import type { World } from '../world/world.ts'
import type { Facts, ShownFact } from './facts.ts'

export interface Seen {
  readonly world: World
  readonly log: RequestLog
  readonly screen: ChaosScreen
  readonly alertsSent: readonly SentAlert[]
  readonly unsettled: Unsettled
  readonly exits: Facts['exits']
  readonly faults: Readonly<Record<FaultCount, number>>
}

/** Reads rows, Slack and the other fakes anew: nothing that the bot says of itself is believed. */
export async function gather({ world, log, screen, ...seen }: Seen): Promise<Facts> {
  const { store, slack, pager, hosts } = world
  screen.refresh()
  return {
    ...seen,
    team: slack.teamId,
    asked: log.all(),
    writes: screen.writes,
    files: slack.files().map(({ channel, threadTs, name }) => ({ thread: `${channel} ${threadTs}`, name })),
    ...(await rowsOf(store)),
    shown: await everythingShown(world),
    fixCommands: [...hosts.fixCommands],
    pages: pager.alerts.map(({ dedupKey, triggers }) => ({ dedupKey, triggers: triggers.length })),
    hosts: hosts.hosts.map(({ name, kind, topic, verdict }) => ({
      name,
      kind,
      topic,
      ...(verdict ? { verdict } : {}),
    })),
    auditVerify: verifyAudit(world),
    crashes: world.replicas.flatMap(({ crashes }) => crashes),
  }
}

const ms = (column: string, name: string): string =>
  `(extract(epoch FROM ${column}) * 1000)::float8 AS "${name}"`

async function rowsOf(store: StoreReader) {
  const entries = await store.rows<{ entry: string }>('SELECT entry FROM debvisor.audit ORDER BY position')
  return {
    audit: entries.map(({ entry }) => JSON.parse(entry) as Facts['audit'][number]),
    deliveries: (await store.rows<{ key: string }>('SELECT key FROM debvisor.deliveries')).map(
      ({ key }) => key,
    ),
    runs: await store.rows<Facts['runs'][number]>(
      `SELECT id, code, actor_id AS actor, topic, host, channel, state, report ->> 'verdict' AS verdict,
         failure ->> 'reason' AS failure, epoch,
         ${ms('started_at', 'startedAt')}, ${ms('ended_at', 'endedAt')} FROM debvisor.runs ORDER BY created_at`,
    ),
    stored: await store.rows<Facts['stored'][number]>(
      `SELECT run_id AS run, key, ts FROM debvisor.messages WHERE key <> 'private'`,
    ),
    fixes: await store.rows<Facts['fixes'][number]>(
      `SELECT id, run_id AS run, host, state, production, requester, approver, begun, json_array_length(steps) AS steps,
         ${ms('started_at', 'startedAt')}, ${ms('ended_at', 'endedAt')} FROM debvisor.fixes`,
    ),
    escalations: await store.rows<Facts['escalations'][number]>(
      `SELECT id, problem_key AS "problemKey", level, state, ${ms('created_at', 'createdAt')}, ${ms('closed_at', 'closedAt')},
         ${ms('overdue_at', 'overdueAt')} FROM debvisor.escalations`,
    ),
    sendings: await store.rows<Facts['sendings'][number]>(
      'SELECT escalation_id AS escalation, channel, act, state FROM debvisor.sendings ORDER BY position',
    ),
    alerts: await store.rows<Facts['alerts'][number]>(
      `SELECT ${ms('starts_at', 'startedAt')}, outcome, run_id AS run FROM debvisor.alerts`,
    ),
  }
}

async function everythingShown({ slack, people, alertsChannel }: World): Promise<ShownFact[]> {
  const channels = [...people.map((name) => `c${name}`), alertsChannel]
  const shown: ShownFact[] = []
  const take = (channel: string, message: SlackMessage) => {
    const { run, key } = keyOf(message.metadata)
    if (run === undefined || key === undefined) return
    const buttons = [...buttonsIn(message.blocks)].map(({ actionId }) => actionId)
    shown.push({ channel, ts: message.ts, run, key, text: message.text, buttons })
  }
  for (const name of channels) {
    const channel = slack.channels[name] ?? name
    for (const message of await slack.messages(name)) {
      take(channel, message)
      for (const reply of await slack.replies(name, message.ts)) take(channel, reply)
    }
  }
  for (const message of await slack.dms('lead')) take(message.channel, message)
  return shown
}

function verifyAudit({ config, env, folder }: World): Facts['auditVerify'] {
  const done = spawnSync(process.execPath, [cli, 'audit', 'verify', '--config', config], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status: done.status, said: `${done.stdout}${done.stderr}`.trim().slice(0, 300) }
}
