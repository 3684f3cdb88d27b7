import fc from 'fast-check'
import { shownName } from '../../../src/alerts/formats/alert.ts'
import { channelNames } from '../../../src/escalation/channels.ts'
import { offers } from '../../../src/escalation/levels.ts'
import type { Finding, VerdictWord } from '../../../src/findings/finding.ts'
import type { Report } from '../../../src/findings/report.ts'
import type { UnexplainedError } from '../../../src/findings/unexplained-error.ts'
import type { Run } from '../../../src/runs/run.ts'
import type { EscalationView } from '../../../src/slack/messages/escalation/escalation-view.ts'
import type { RunView, ShownProbe, Solved, SolvedBefore } from '../../../src/slack/messages/run/run-view.ts'
import type { ConnectFailure } from '../../../src/ssh/outcome.ts'

export const at = new Date('2026-11-05T14:02:11Z')

export const run = (parts: Partial<Run> = {}): Run => ({
  id: '0b6f2c9e-7f3a-4c11-9a55-0c5a8a5f7f3e',
  code: '7F3K',
  team: 'T1',
  actor: { kind: 'user', id: 'U01ANA' },
  origin: 'person',
  topic: 'db',
  host: 'host1',
  production: true,
  channel: 'C1',
  responseUrl: null,
  state: 'done',
  epoch: 1,
  runbookDigest: 'd',
  hostKey: 'SHA256:x',
  report: null,
  failure: null,
  problemKeys: ['k'],
  reason: null,
  parent: null,
  thread: null,
  afterFix: false,
  isQuiet: false,
  cancelledBy: null,
  createdAt: at,
  startedAt: at,
  endedAt: at,
  ...parts,
})

export const view = (of: Run, parts: Partial<RunView> = {}): RunView => ({
  run: of,
  topicTitle: 'Database',
  probes: [
    { id: 'disk', title: 'Disk space', state: 'done' },
    { id: 'pg', title: 'PostgreSQL', state: 'done' },
  ],
  escalations: [],
  offers: offers({ name: of.host, production: of.production }, channelNames),
  ...parts,
})

const diskFull: Finding = {
  id: 'postgresql.disk-full',
  role: 'cause',
  severity: 'critical',
  title: 'The disk of PostgreSQL is full',
  because: 'its disk is full',
  detail: '/var/lib/postgresql is 100 % used (0 B free of 20 GB)',
  subject: '/var/lib/postgresql',
  evidence: [{ probe: 'disk', text: '/dev/sdb1 20G 20G 0 100% /var/lib/postgresql' }],
  resolution: ['Free space there, then `systemctl restart postgresql`'],
  fix: 'restart-postgresql',
}

const consequence = (id: string, title: string, detail: string, by: string): Finding => ({
  ...diskFull,
  id,
  role: 'consequence',
  title,
  detail,
  explainedBy: [by],
  resolution: ['It mends itself when PostgreSQL runs'],
})

/** The example of the specification. */
export const diskReport = (parts: Partial<Report> = {}): Report => ({
  topic: 'db',
  host: 'host1',
  verdict: 'problem',
  summary: 'PostgreSQL is down because its disk is full',
  findings: [
    diskFull,
    consequence('postgresql.down', 'PostgreSQL is down', 'PostgreSQL stopped at 14:02', diskFull.id),
    consequence('api.errors', 'The API fails', 'the API answers 500', 'postgresql.down'),
  ],
  ruledOut: [{ id: 'postgresql.too-many-connections', title: 'Too many connections' }],
  unknown: [],
  probes: Array.from(
    { length: 14 },
    (_, i) => ({ id: `p${i}`, status: 'answered', exitCode: 0, ms: 80 }) as const,
  ),
  ms: 1_230,
  ...parts,
})

/** The platform's own, which goes on. */
export const unexplainedError = (parts: Partial<UnexplainedError> = {}): UnexplainedError => ({
  of: 'PostgreSQL',
  said: 'ERROR:  permission denied for table hosts',
  object: '',
  count: 12,
  first: 240,
  last: 3,
  goesOn: true,
  strangers: false,
  ...parts,
})

/** A ticket that was opened. */
export const ticketView = (parts: Partial<EscalationView> = {}): EscalationView =>
  escalation({ id: 'e1', level: 1, number: 12, assignee: null, ...parts })

/** The lead was contacted. */
export const escalation = (parts: Partial<EscalationView> = {}): EscalationView => ({
  id: 'e2',
  level: 2,
  state: 'done',
  number: null,
  by: 'U01ANA',
  byTime: false,
  at,
  assignee: 'U02LEAD',
  acknowledgedBy: null,
  acknowledgedAt: null,
  closedBy: null,
  closedAt: null,
  dueAt: null,
  dueThen: null,
  overdueAt: null,
  overdueTook: null,
  overdueNote: null,
  reason: null,
  error: null,
  reached: [],
  waiting: [],
  untold: [],
  incident: null,
  handedBack: false,
  otherThread: null,
  ...parts,
})

/** What a hostile or broken host may answer: markup, escapes, bidi, huge lines, nothing. */
const nasty = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 80 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '<!channel> <@U01ANA> <https://evil.example|click> <#C1> &amp;',
      '\u001b[31mred\u001b[0m \u202Egnp.exe\u200B',
      '*bold* _it_ ~no~ `code` ```fence``` :rotating_light:',
      '',
      '\n\n\n',
      '"'.repeat(4_000),
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1_000, max: 10_000 }).map((length) => 'x&<'.repeat(length / 3)) },
)

const role = fc.constantFrom('cause', 'consequence', 'notice')
const severity = fc.constantFrom('critical', 'warning', 'info')

const finding: fc.Arbitrary<Finding> = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    role,
    severity,
    title: nasty,
    detail: nasty,
    subject: nasty,
    evidence: fc.array(fc.record({ probe: nasty, text: nasty }), { maxLength: 6 }),
    resolution: fc.array(nasty, { maxLength: 8 }),
    fix: nasty,
    explainedBy: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }),
  },
  { requiredKeys: ['id', 'role', 'severity', 'title', 'detail', 'subject', 'evidence', 'resolution'] },
)

const unexplained: fc.Arbitrary<UnexplainedError> = fc.record({
  of: nasty,
  said: nasty,
  object: nasty,
  count: fc.nat(),
  first: fc.nat(),
  last: fc.nat(),
  goesOn: fc.boolean(),
  strangers: fc.boolean(),
})

const report: fc.Arbitrary<Report> = fc.record({
  topic: fc.constant('db'),
  host: fc.constant('host1'),
  verdict: fc.constantFrom<VerdictWord>('healthy', 'problem', 'inconclusive'),
  summary: nasty,
  findings: fc.array(finding, { maxLength: 60, size: 'max' }),
  unexplained: fc.array(unexplained, { maxLength: 12, size: 'max' }),
  ruledOut: fc.array(fc.record({ id: nasty, title: nasty }), { maxLength: 60 }),
  unknown: fc.array(fc.record({ probe: nasty, reason: nasty, remedy: nasty }), { maxLength: 60 }),
  probes: fc.constant([]),
  ms: fc.nat(),
})

const failure: fc.Arbitrary<ConnectFailure> = fc.record({
  hop: nasty,
  stage: fc.constantFrom('inventory', 'key-file', 'network', 'host-key', 'authentication', 'session'),
  reason: nasty,
  remedy: nasty,
})

const probe: fc.Arbitrary<ShownProbe> = fc.record(
  {
    id: nasty,
    title: nasty,
    conditional: fc.boolean(),
    state: fc.constantFrom('pending', 'running', 'done', 'failed', 'skipped'),
    note: nasty,
  },
  { requiredKeys: ['id', 'title', 'state'] },
)

const escalationState = fc.constantFrom(
  'requested',
  'done',
  'acknowledged',
  'resolved',
  'de-escalated',
  'failed',
)
const who = fc.oneof(fc.constant('U01ANA'), nasty)
const when = fc.option(fc.constant(at))
const took = fc.option(fc.constantFrom('offer', 'page'))

/** Any escalation, with whatever pager, mail server and people say. */
export const anyEscalation = (level: EscalationView['level']): fc.Arbitrary<EscalationView> =>
  fc.record({
    id: fc.uuid(),
    level: fc.constant(level),
    state: escalationState,
    number: fc.option(fc.nat()),
    by: who,
    byTime: fc.boolean(),
    at: fc.constant(at),
    assignee: fc.option(who),
    acknowledgedBy: fc.option(who),
    acknowledgedAt: when,
    closedBy: fc.option(who),
    closedAt: when,
    dueAt: when,
    dueThen: took,
    overdueAt: when,
    overdueTook: took,
    overdueNote: fc.option(nasty),
    reason: fc.option(nasty),
    error: fc.option(nasty),
    reached: fc.array(nasty, { maxLength: 4 }),
    waiting: fc.array(fc.record({ what: nasty, reason: nasty, nextAt: fc.constant(at) }), { maxLength: 3 }),
    untold: fc.array(fc.record({ act: fc.constantFrom('acknowledge', 'resolve'), reason: nasty }), {
      maxLength: 2,
    }),
    incident: fc.option(
      fc.record({
        number: fc.option(fc.nat().map(String)),
        url: fc.option(fc.constant('https://example.pagerduty.com/incidents/Q1')),
        priority: fc.option(nasty),
        assignees: fc.option(nasty),
      }),
    ),
    handedBack: fc.boolean(),
    otherThread: fc.option(
      fc.constantFrom({ url: undefined }, { url: 'https://example.slack.com/archives/C1/p1' }),
    ),
  })

const solved: fc.Arbitrary<Solved> = fc.record(
  {
    healthy: fc.record({ code: fc.constant('7F3M'), by: who, at: fc.constant(at) }),
    fix: fc.record({ title: nasty, by: who }),
    resolved: fc.record({ by: fc.option(who), at: fc.constant(at) }),
  },
  { requiredKeys: [] },
)

/** Names are as a stranger wrote them, cut and without backticks. */
const alert = fc.record({
  name: nasty.map(shownName),
  source: fc.constant('prometheus'),
  firedAt: fc.constant(at),
  resolvedAt: fc.option(fc.constant(at)),
  isRecheck: fc.boolean(),
  alike: fc.integer({ min: 1, max: 5_000 }),
})

const solvedBefore: fc.Arbitrary<SolvedBefore> = fc.record(
  {
    code: fc.constant('7F3J'),
    at: fc.constant(at),
    solved,
    words: fc.record({
      ...{ ticket: fc.nat(), channel: fc.constantFrom('C1', 'C2'), said: nasty },
      ...{ by: fc.option(who), at: fc.constant(at) },
    }),
    times: fc.nat(300),
  },
  { requiredKeys: ['code', 'at', 'solved', 'times'] },
)

/** Any run in any state, with any report. */
export const anyView: fc.Arbitrary<RunView> = fc
  .record({
    report,
    failure,
    state: fc.constantFrom<Run['state']>('queued', 'running', 'done', 'failed', 'cancelled'),
    production: fc.boolean(),
    host: fc.oneof(fc.constant('host1'), nasty),
    actor: fc.oneof(fc.constant('U01ANA'), nasty),
    probes: fc.array(probe, { maxLength: 90, size: 'max' }),
    escalations: fc.array(fc.oneof(anyEscalation(1), anyEscalation(2), anyEscalation(3)), { maxLength: 12 }),
    reachable: fc.subarray([...channelNames]),
    solved: fc.option(solved, { nil: undefined }),
    alerts: fc.array(alert, { maxLength: 50, size: 'max' }),
    solvedBefore: fc.option(solvedBefore, { nil: undefined }),
  })
  .map(({ state, production, host, actor, reachable, ...rest }) => {
    const of = run({
      state,
      production,
      host,
      actor: { kind: 'user', id: actor },
      report: state === 'done' ? rest.report : null,
      failure: state === 'failed' ? rest.failure : null,
    })
    return view(of, { ...rest, offers: offers({ name: host, production }, reachable) })
  })
