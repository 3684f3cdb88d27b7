import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draftTicket, evidenceFile } from '../../../src/escalation/tickets/draft.ts'
import type { Finding } from '../../../src/findings/finding.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import type { ProbeStatus } from '../../../src/findings/report.ts'
import type { Bundle } from '../../../src/runs/bundle.ts'
import { aRun, bundle, bundles, problem, records } from '../../runs/sample-bundles.ts'

describe('a ticket of a problem', () => {
  const ticket = draftTicket(bundles.problem)

  test('is titled with the headline and as severe as its cause', () => {
    expect(ticket.title).toBe('db on host1: PostgreSQL is down because its disk is full')
    expect(ticket.severity).toBe('critical')
  })

  test('says verdict, host, who asked, when, and where the thread is', () => {
    expect(ticket.summary).toContain('Verdict: problem, severity critical')
    expect(ticket.summary).toContain('Host: host1 (production); topic: db; run 7F3K')
    expect(ticket.summary).toContain('Asked by @ana at 2026-11-05T14:02:11Z, ended 2026-11-05T14:02:12Z')
    expect(ticket.summary).toContain('Thread: https://example.slack.com/archives/C1/p1730815331000100')
    expect(ticket.body.startsWith(ticket.summary)).toBe(true)
  })

  test('names the cause with its evidence and resolution before its consequence', () => {
    expect(ticket.body).toContain('Cause, critical: The disk of PostgreSQL is full')
    expect(ticket.body).toContain('    /dev/sdb1 20971520 20971520 0 100% /var/lib/postgresql')
    expect(ticket.body).toContain('- Resolution: Free space there')
    expect(ticket.body).toContain(
      'Consequence, critical: PostgreSQL is down (explained by: The disk of PostgreSQL is full)',
    )
    expect(ticket.body.indexOf('Cause,')).toBeLessThan(ticket.body.indexOf('Consequence,'))
  })

  test('says what was ruled out and what could not be seen, with the remedy', () => {
    expect(ticket.body).toContain('Another program has port 5432')
    expect(ticket.body).toContain('hba: sudo refused it. Remedy: grant `cat pg_hba.conf` in sudoers')
  })

  test('has the exact commands with step of the guide, exit status and first lines; those of the guide first', () => {
    expect(ticket.body).toContain(
      [
        '1. postgres_unit (guide: Database 1): answered, exit status 3, 12 ms',
        '    $ systemctl status postgresql',
        '    ○ postgresql.service - PostgreSQL',
        '    Active: inactive (dead)',
        '2. pg_isready (guide: Database 2): answered, exit status 2, 12 ms',
        '    $ pg_isready -h localhost -p 5432',
        '    localhost:5432 - no response',
        '3. disk: answered, exit status 0, 12 ms',
      ].join('\n'),
    )
    expect(ticket.body).toContain('hba: refused, exit status 1, 12 ms: sudo: a password is required')
    expect(ticket.body).toContain('`/debvisor diagnose db host1`')
  })

  test('leaves out what was never run', () => {
    expect(ticket.body).not.toContain('show pools')
  })

  test('ends with the output that is longer than the first lines', () => {
    const output = ticket.body.slice(ticket.body.indexOf('## Output (redacted)'))
    expect(output).toContain('postgres_log:')
    expect(output).toContain('could not write, try 39')
    expect(output).not.toContain('no response')
  })
})

describe('a ticket of another run', () => {
  test('inconclusive: a warning that says what could not be seen', () => {
    const ticket = draftTicket(bundles.inconclusive)
    expect(ticket.severity).toBe('warning')
    expect(ticket.title).toBe('db on host1: whether PostgreSQL accepts logins could not be seen')
    expect(ticket.body).toContain('## What could not be seen')
    expect(ticket.body).not.toContain('## Cause')
  })

  test('healthy: for an engineer who insists, with all commands', () => {
    const ticket = draftTicket(bundles.healthy)
    expect(ticket.severity).toBe('info')
    expect(ticket.summary).toContain('Verdict: healthy')
    expect(ticket.body).toContain('$ df -P -- /var/lib/postgresql')
  })

  test('unreachable: critical, with the hop, the reason and the remedy', () => {
    const ticket = draftTicket(bundles.unreachable)
    expect(ticket.severity).toBe('critical')
    expect(ticket.title).toBe(
      'db on host1: the host could not be examined; at bastion1: no answer on port 22 within 10 s',
    )
    expect(ticket.summary).toContain('Remedy: Ask who runs bastion1')
    expect(ticket.body).toContain('It failed at bastion1 (network): no answer on port 22 within 10 s')
  })

  test('refused: the host is up, a warning', () => {
    expect(draftTicket(bundles.refused).severity).toBe('warning')
  })

  test('unfinished: says so', () => {
    expect(draftTicket(bundles.unfinished).title).toBe(
      'db on host1: run 7F3K ended without a verdict (cancelled)',
    )
  })

  test('without a display name shows the id of who asked', () => {
    const { askedBy, ...nameless } = bundles.healthy
    expect(draftTicket(nameless).summary).toContain('Asked by Slack user U1 at')
  })

  test('of one of many hosts says who asked about them, and speaks of no watch', () => {
    const { askedBy, ...nameless } = bundles.healthy
    const actor = { kind: 'schedule', id: 'U1' } as const
    const run = {
      ...nameless.run,
      actor,
      origin: 'fleet',
      reason: 'one of the hosts of fleet F7K3Q',
    } as const
    expect(draftTicket({ ...nameless, run }).summary).toContain(
      'Asked by Slack user U1, as one of the hosts of fleet F7K3Q at',
    )
  })
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.integer({ min: 1, max: 70_000 }).map((length) => 'long line '.repeat(length / 10)),
  fc.integer({ min: 1, max: 30_000 }).map((length) => 'a\n'.repeat(length / 2)),
  fc.integer({ min: 1, max: 5_000 }).map((length) => '\n'.repeat(length)),
)
const statuses: ProbeStatus[] = [
  'answered',
  'not-installed',
  'skipped',
  'unanswered',
  'timed-out',
  'refused',
  'cut',
  'lost',
]
const anyRecord: fc.Arbitrary<ProbeRecord> = fc.record({
  id: fc.stringMatching(/^[a-z]{1,40}$/),
  status: fc.constantFrom(...statuses),
  exitCode: fc.option(fc.nat(255)),
  ms: fc.nat(),
  command: anyText,
  stdout: anyText,
  stderr: anyText,
  reason: anyText,
})
const anyFinding: fc.Arbitrary<Finding> = fc.record({
  id: fc.constant('a.b'),
  role: fc.constantFrom('cause', 'consequence', 'notice'),
  severity: fc.constantFrom('critical', 'warning', 'info'),
  title: anyText,
  detail: anyText,
  subject: anyText,
  evidence: fc.array(fc.record({ probe: fc.stringMatching(/^[a-z]{1,40}$/), text: anyText }), {
    maxLength: 8,
  }),
  resolution: fc.array(anyText, { maxLength: 12 }),
})
const anyBundle: fc.Arbitrary<Bundle> = fc
  .record({
    summary: anyText,
    findings: fc.array(anyFinding, { maxLength: 8 }),
    records: fc.array(anyRecord, { maxLength: 12 }),
    askedBy: anyText,
    threadUrl: anyText,
  })
  .map(({ summary, findings, records, askedBy, threadUrl }) =>
    bundle({ report: { ...problem, summary, findings }, records, askedBy, threadUrl }),
  )

describe('whatever the host printed', () => {
  test('a ticket keeps its limits, and its first finding and first command are whole', () => {
    fc.assert(
      fc.property(anyBundle, (any) => {
        const ticket = draftTicket(any)
        expect(ticket.title.length).toBeLessThanOrEqual(150)
        expect(ticket.title).not.toMatch(/[\r\n]/)
        expect(ticket.summary.length).toBeLessThanOrEqual(2_900)
        expect(ticket.body.length).toBeLessThanOrEqual(35_000)
        expect(ticket.body.startsWith(ticket.summary)).toBe(true)
        const [first] = any.report?.findings ?? []
        if (first) expect(ticket.body).toMatch(/\n(Cause|Consequence|Notice), (critical|warning|info):/)
        if (any.records.some(({ status }) => status !== 'skipped'))
          expect(ticket.body).toMatch(/\n1\. [a-z]+: /)
      }),
      { numRuns: 60 },
    )
  })

  test('a cut is marked', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({
      ...(records[4] as ProbeRecord),
      id: `log_${at}`,
      command: `tail -n ${at} ${'/a/long/path'.repeat(10)}`,
    }))
    const { body } = draftTicket({ ...bundles.problem, records: many })
    expect(body.length).toBeLessThanOrEqual(35_000)
    expect(body).toMatch(/\d+ further commands are in the evidence of the thread\./)
    expect(body).toMatch(/The output of \d+ more probes is in the thread\./)
  })
})

describe('the evidence file', () => {
  test('has every command and its whole output, and a name of its own', () => {
    const { filename, content } = evidenceFile(bundles.problem)
    expect(filename).toBe('evidence-7F3K.txt')
    for (const { command, stdout, status } of records) {
      if (status === 'skipped') continue
      expect(content).toContain(`$ ${command}`)
      for (const line of stdout.split('\n')) expect(content).toContain(line)
    }
  })

  test('of a run that failed says why', () => {
    const { content } = evidenceFile({ ...bundles.refused, run: { ...aRun, code: '9X' } })
    expect(content).toContain('the host key is not the pinned one')
  })
})
