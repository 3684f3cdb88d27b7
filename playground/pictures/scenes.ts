import { channelNames } from '../../src/escalation/channels.ts'
import { offers } from '../../src/escalation/levels.ts'
import type { Fix } from '../../src/fixes/fix-store.ts'
import type { Run } from '../../src/runs/run.ts'
import type { MessageBlock } from '../../src/slack/blocks.ts'
import type { Message } from '../../src/slack/message.ts'
import { overdueMessage } from '../../src/slack/messages/escalation/alarms.ts'
import { leadMessage } from '../../src/slack/messages/escalation/lead-message.ts'
import { fleetAnswer } from '../../src/slack/messages/fleet/fleet-answer.ts'
import { fleetEnd } from '../../src/slack/messages/fleet/fleet-end.ts'
import type { FleetView } from '../../src/slack/messages/fleet/fleet-view.ts'
import { type Stats, statsMessage } from '../../src/slack/messages/history/stats-message.ts'
import { homeTab } from '../../src/slack/messages/home/home.ts'
import type { HomeRun, HomeView } from '../../src/slack/messages/home/home-view.ts'
import { runningMessage } from '../../src/slack/messages/run/progress-message.ts'
import type { RunView } from '../../src/slack/messages/run/run-view.ts'
import { threadMessages } from '../../src/slack/messages/run/thread-messages.ts'
import { verdictMessage } from '../../src/slack/messages/run/verdict-message.ts'
import { shownProbes } from '../../src/threads/views/run-view.ts'
import { dead, viewOf as fleetViewOf, ill, well } from '../../test/slack/messages/fleet/sample-fleets.ts'
import { escalation, run as sampleRun, ticketView } from '../../test/slack/messages/sample-views.ts'
import { worked } from '../../test/slack/messages/ticket/sample-tickets.ts'
import { type Recorded, recorded } from './recorded.ts'

/** What a picture shows: a thread, or what a telephone's lock screen has of several. */
export type Scene =
  | { readonly kind: 'thread'; readonly messages: readonly Message[]; readonly at: Date }
  /** The app's own tab, whose blocks stand beside no name. */
  | { readonly kind: 'home'; readonly messages: readonly Message[]; readonly at: Date }
  | { readonly kind: 'lock-screen'; readonly texts: readonly string[] }

const at = (time: string): Date => new Date(`2026-11-05T${time}:00Z`)
const asked = at('03:12')

/** A run of what was recorded, as the bot shows it. */
function viewOf({ report, records, runbook }: Recorded, parts: Partial<Run> = {}): RunView {
  const { topic, host } = report
  const times = { createdAt: asked, startedAt: asked, endedAt: asked }
  return {
    run: sampleRun({ topic, host, report, ...times, ...parts }),
    topicTitle: runbook.title,
    probes: shownProbes(runbook, new Map(records.map((record) => [record.id, record])), new Set()),
    fixTitles: new Map([...runbook.fixes].map(([id, { title }]) => [id, title])),
    escalations: [],
    offers: offers({ name: host, production: true }, channelNames),
  }
}

/** Under way: the first look but for two probes, which are slow. */
function halfway({ records, runbook, report }: Recorded): RunView {
  const first = [...runbook.probes.values()].filter(({ needs }) => needs === undefined).map(({ id }) => id)
  const slow = new Set(first.slice(-2))
  const answered = records.filter(({ id }) => first.includes(id) && !slow.has(id))
  return {
    ...viewOf({ records, runbook, report }, { report: null, state: 'running', endedAt: null }),
    probes: shownProbes(runbook, new Map(answered.map((record) => [record.id, record])), slow),
  }
}

const refused = {
  ...{ id: 'postgresql.no-hba-entry', title: 'PostgreSQL refuses DebVisor', subject: 'postgresql' },
  detail: 'no pg_hba.conf entry for host "127.0.0.1"',
}

/** As somebody asked for it on production. */
const waitingFix: Fix = {
  ...{ id: 'f1', team: 'T1', runId: 'r1', finding: 'postgresql.stopped', subject: 'postgresql.service' },
  ...{
    fix: 'restart-postgresql',
    topic: 'db',
    host: 'host1',
    production: true,
    runbookDigest: 'd',
    hostKey: 'k',
  },
  steps: [{ as: 'root', argv: [], text: 'sudo systemctl restart postgresql.service', timeoutMs: 60_000 }],
  title: 'Restart PostgreSQL',
  effect: 'PostgreSQL runs again, and what needs it finds it within a minute',
  risk: 'open sessions of the database end',
  ...{ settleMs: 0, touches: null, state: 'awaiting-approval', requester: 'U02BO', approver: null },
  ...{ decliner: null, epoch: 0, begun: 0, results: [], reason: null, recheck: null },
  ...{ createdAt: at('03:20'), requestedAt: at('03:21'), expiresAt: at('03:36') },
  ...{ decidedAt: null, startedAt: null, endedAt: null },
}

/** Twelve hosts, of which two have the same cause and one another. */
const fleetHosts = [
  ...Array.from({ length: 8 }, (_, at) => well(`web${at + 1}`)),
  ill('web9', refused),
  ill('web11', refused),
  ill('db2'),
  dead('web12'),
]
const fleet: FleetView = fleetViewOf(fleetHosts, {
  pattern: 'production',
  compared: [
    {
      title: 'hosts with “PostgreSQL refuses DebVisor”',
      ...{ hosts: 2, peers: 8, group: 'web', more: 0 },
      apart: [
        {
          ...{ area: 'line', object: '/etc/postgresql/15/main/pg_hba.conf', has: '' },
          instead: 'host debvisor debvisor 127.0.0.1/32 scram-sha-256',
          ...{ bad: { have: 2, of: 2 }, good: { have: 0, of: 8 } },
        },
        {
          ...{ area: 'package', object: 'libpq5', has: '15.9-0+deb12u1', instead: '15.8-0+deb12u1' },
          ...{ bad: { have: 2, of: 2 }, good: { have: 1, of: 8 } },
        },
      ],
    },
  ],
})
const stats: Stats = {
  days: 30,
  topics: [
    { topic: 'db', problem: 14, healthy: 31, unclear: 2 },
    { topic: 'service', problem: 9, healthy: 22, unclear: 1 },
    { topic: 'performance', problem: 6, healthy: 12, unclear: 3 },
    { topic: 'websocket', problem: 3, healthy: 8, unclear: 0 },
  ],
  causes: [
    { title: 'The disk of PostgreSQL is full', times: 6, hosts: 2 },
    { title: 'PostgreSQL has no connection slots left', times: 4, hosts: 1 },
    { title: 'Out of memory: the kernel kills DebVisor', times: 3, hosts: 3 },
  ],
  times: [
    { what: 'acknowledged', seconds: [60, 120, 140, 200, 260, 300, 320, 400, 600, 900, 1_200] },
    {
      what: 'resolved',
      seconds: [600, 1_200, 2_400, 3_000, 4_800, 5_400, 7_200, 9_000, 10_800, 14_400, 30_000],
    },
  ],
  ratings: { right: 11, wrong: 1 },
}

/** The messages that people see most. */
export function scenes(): Readonly<Record<string, Scene>> {
  const full = recorded('db-disk-full')
  const problem = viewOf(full)
  const fixable = {
    ...viewOf(recorded('service-data-owner')),
    fixes: { asked: [], offer: 'offered' },
  } as const
  const warnings = viewOf(recorded('performance-disk-nearly-full'))
  const healthy = viewOf(recorded('healthy-idle-sessions'))
  const denied = recorded('healthy-idle-sessions', {
    said: 'permission denied',
    pg_look: 'permission denied',
  })
  const inconclusive = viewOf(denied)
  const cancelled = viewOf(full, {
    report: null,
    state: 'cancelled',
    cancelledBy: 'U01ANA',
    endedAt: new Date(asked.getTime() + 7_000),
  })
  const asks = escalation({
    at: at('03:14'),
    dueAt: at('03:29'),
    dueThen: 'offer',
    reached: ['direct message', 'e-mail to devops@debvisor.internal'],
  })
  const ticket = ticketView({ at: at('03:13'), assignee: null })
  const escalated = { ...problem, escalations: [ticket, asks] }
  const solved: RunView = {
    ...escalated,
    escalations: [
      { ...ticket, state: 'resolved', closedAt: at('03:31'), closedBy: 'U02BO' },
      {
        ...asks,
        state: 'resolved',
        dueAt: null,
        acknowledgedBy: 'U02LEAD',
        acknowledgedAt: at('03:16'),
        closedAt: at('03:31'),
        closedBy: 'U02BO',
      },
    ],
    solved: {
      healthy: { code: '7F3M', by: 'U02BO', at: at('03:30') },
      resolved: { by: 'U02BO', at: at('03:31') },
    },
  }
  const letter = leadMessage({
    run: problem,
    escalation: asks,
    to: 'U02LEAD',
    threadUrl: 'https://example.slack.com/archives/C1/p1',
  })
  const overdue = { ...asks, dueAt: null, overdueAt: at('03:29'), overdueTook: 'offer' } as const
  const late = overdueMessage({ run: problem, levels: [overdue] }, overdue)
  const url = 'https://example.slack.com/archives/C1/p1'
  const seen = (view: RunView, parts: Partial<Run>, over?: RunView['solved']): HomeRun => ({
    run: { ...view.run, ...parts },
    solved: over,
    url,
  })
  const home: HomeView = {
    at: at('03:32'),
    fixes: { shown: [waitingFix], more: 0 },
    escalations: {
      shown: [{ id: asks.id, host: 'host1', topic: 'db', escalation: asks, isTheirs: true, url }],
      more: 0,
    },
    hosts: {
      shown: [
        { host: 'host1', last: seen(problem, {}) },
        { host: 'host4', last: seen(warnings, { host: 'host4' }) },
        { host: 'host3', last: seen(problem, { host: 'host3' }, solved.solved) },
        { host: 'host2', last: seen(healthy, { host: 'host2' }) },
        { host: 'host5', last: undefined },
      ],
      more: { notHealthy: 0, healthy: 14, unseen: 3 },
    },
    tickets: {
      shown: [
        { ticket: worked('', { assignee: 'U01ANA', status: 'in-progress', createdAt: at('03:13') }), url },
      ],
      more: 0,
    },
    runs: [seen(problem, {}), seen(healthy, { host: 'host2', code: '7F3M' })],
    onCall: {
      ok: true,
      more: false,
      turns: [
        {
          name: 'Bo Berg',
          level: 1,
          policy: 'Operations',
          schedule: 'Primary',
          until: new Date('2026-11-06T08:00:00Z'),
        },
        { name: 'Lena Devlin', level: 2, policy: 'Operations', schedule: null, until: null },
      ],
    },
  }
  const told = fleetEnd(fleet)
  const first = (view: RunView, records: Recorded['records'] = []) => threadMessages(view, records)[0]
  const shown = (...messages: readonly Message[]): Scene => ({ kind: 'thread', messages, at: asked })
  return {
    running: shown(runningMessage(halfway(full))),
    problem: shown(verdictMessage(problem)),
    fixable: shown(verdictMessage(fixable)),
    thread: shown(verdictMessage(escalated), ...threadMessages(problem, full.records).slice(0, 1)),
    besides: shown(...threadMessages(problem, full.records).slice(1)),
    warnings: shown(verdictMessage(warnings)),
    healthy: shown(verdictMessage(healthy), ...threadMessages(healthy, [])),
    inconclusive: shown(verdictMessage(inconclusive), ...threadMessages(inconclusive, denied.records)),
    solved: shown(verdictMessage(solved)),
    fleet: shown(fleetAnswer(fleet), ...(told ? [told] : [])),
    cancelled: shown(verdictMessage(cancelled)),
    stats: shown(statsMessage(stats)),
    lead: shown(letter),
    home: {
      kind: 'home',
      messages: [{ text: 'Home', blocks: homeTab(home).blocks as MessageBlock[] }],
      at: asked,
    },
    'lock-screen': {
      kind: 'lock-screen',
      texts: [
        ...[problem, warnings, inconclusive, healthy].flatMap((view) => first(view)?.text ?? []),
        letter.text,
        ...(late ? [late.text] : []),
      ],
    },
  }
}
