import { describe, expect, it } from 'vitest'
import type { ProbeRecord } from '../../../../src/findings/probe-record.ts'
import type { Report } from '../../../../src/findings/report.ts'
import type { RunView } from '../../../../src/slack/messages/run/run-view.ts'
import { outputFile, threadMessages } from '../../../../src/slack/messages/run/thread-messages.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { at, diskReport, run, unexplainedError, view } from '../sample-views.ts'

const disk: ProbeRecord = {
  id: 'disk',
  status: 'answered',
  exitCode: 0,
  ms: 12,
  command: 'df -P /var/lib/postgresql',
  stdout: '/dev/sdb1 20G 20G 0 100% /var/lib/postgresql\n',
  stderr: '',
}
const fixTitles = new Map([['restart-postgresql', 'Restart PostgreSQL']])
const of = (report = diskReport()) => view(run({ report }), { fixTitles })

describe('the thread of a run', () => {
  it('quotes the evidence of each finding, cause first, with the command that asked and the resolution', () => {
    const [evidence] = threadMessages(of(), [disk])
    const text = evidence ? toPlain(evidence) : ''
    expect(text).toMatch(
      /Cause: The disk.*\n.*100 % used.*\n`df -P \/var\/lib\/postgresql`\n {4}\/dev\/sdb1.*\n {2}• Free space there/,
    )
    expect(text).toContain('Fix: Restart PostgreSQL')
    expect(text.indexOf('Cause:')).toBeLessThan(text.indexOf('Consequence: PostgreSQL is down'))
  })

  it('says what mends a cause and how it is applied, once, and nothing of it below a consequence', () => {
    const fixes = { asked: [], offer: 'offered' } as const
    const thread = (of: Partial<RunView>, parts = {}) =>
      threadMessages(view(run({ report: diskReport(parts) }), { fixTitles, ...of }), [disk])
        .map(toPlain)
        .join('\n')
    expect(thread({ fixes })).toContain(
      'Fix: Restart PostgreSQL. Apply fix above shows its exact commands before anything runs',
    )
    const not = { asked: [], offer: { sentence: 'Fixes are not configured for host1.' } }
    expect(thread({ fixes: not })).toContain(
      'Fix: Restart PostgreSQL. Slack cannot apply it: the bot has no login for fixes on this host',
    )
    expect(thread({ fixes: { asked: [] } })).toMatch(/Fix: Restart PostgreSQL$/m)
    const [cause, down] = diskReport().findings
    if (!cause || !down) throw new Error('the report has a consequence')
    const { fix, ...other } = cause
    expect(thread({ fixes }, { findings: [other, { ...down, fix }] })).not.toContain('Fix:')
    const twin = { ...cause, id: 'postgresql.late', resolution: [] }
    expect(thread({ fixes }, { findings: [cause, twin] }).match(/Fix: /g)).toHaveLength(1)
  })

  it('heads a quotation with the command where it is a line, with the probe where it is a script', () => {
    const script = threadMessages(of(), [{ ...disk, command: 'for m in /\ndo df $m\ndone\n' }])[0]
    expect(script && toPlain(script)).toContain('\nDisk space\n    /dev/sdb1')
    const long = threadMessages(of(), [{ ...disk, command: `df ${'/mnt '.repeat(40)}` }])[0]
    expect(long && toPlain(long)).toContain('\nDisk space\n    /dev/sdb1')
  })

  it('says a step once, names an origin only where the order does not, and leaves a detail to its quotation', () => {
    const [cause, down, api] = diskReport().findings
    if (!cause || !down || !api) throw new Error('the report has three findings')
    const log = '14:02 PANIC:  No space left on device'
    const findings = [
      cause,
      {
        ...down,
        resolution: cause.resolution,
        detail: '14:02 PANIC: No space left on device',
        evidence: [{ probe: 'pg', text: log }],
      },
      { ...api, explainedBy: [cause.id, down.id] },
    ]
    const [evidence] = threadMessages(of(diskReport({ findings })), [disk])
    const text = evidence ? toPlain(evidence) : ''
    expect(text.match(/Free space there/g)).toHaveLength(1)
    expect(text.match(/No space left/g)).toHaveLength(1)
    expect(text.match(/Follows from: .*/g)).toEqual([
      'Follows from: The disk of PostgreSQL is full; PostgreSQL is down',
    ])
  })

  it('quotes the first lines of a long answer and counts the rest', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const answer = Array.from({ length: 40 }, (_, i) => `line ${i} ${'x'.repeat(300)}`).join('\n')
    const findings = [{ ...cause, evidence: [{ probe: 'disk', text: answer }] }]
    const [evidence] = threadMessages(of(diskReport({ findings })), [disk])
    const quoted = (evidence ? toPlain(evidence) : '').split('\n').filter((line) => line.startsWith('    '))
    expect(quoted).toHaveLength(7)
    expect(Math.max(...quoted.map((line) => line.trim().length))).toBe(160)
    expect(quoted.at(-1)?.trim()).toBe('… 34 more lines in the file')
  })

  it('lists what could not be seen, with the exact grant to copy', () => {
    const unknown = [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
    const rest = threadMessages(of(diskReport({ unknown })), [disk]).at(-1)
    expect(rest?.key).toBe('thread:rest')
    expect(rest && toPlain(rest)).toBe(
      'Could not be seen\nDisk space: permission denied\n    usermod -aG adm bot',
    )
  })

  it('puts probes that one remedy opens together, with all of its lines, and leaves scripts to the file', () => {
    const reason = 'sudo refused to run it'
    const unknown = [
      { probe: 'disk', reason, remedy: 'add with visudo: bot ALL=(root) NOPASSWD: /bin/df' },
      { probe: 'pg', reason, remedy: 'add with visudo: bot ALL=(root) NOPASSWD: /bin/pg' },
      { probe: 'net', reason: 'no answer', remedy: `run it by hand to see why: ${'ss; '.repeat(99)}` },
      { probe: 'dns', reason: 'lost', remedy: 'check again; look at `sshd`' },
    ]
    const rest = threadMessages(of(diskReport({ unknown, ruledOut: [] })), [disk]).at(-1)
    expect(rest && toPlain(rest)).toBe(
      [
        'Could not be seen',
        'Disk space, PostgreSQL: sudo refused to run it',
        'Add with visudo:',
        '    bot ALL=(root) NOPASSWD: /bin/df',
        '    bot ALL=(root) NOPASSWD: /bin/pg',
        'net: no answer',
        'Run it by hand to see why: its command is in the file',
        'dns: lost',
        'Check again; look at `sshd`',
      ].join('\n'),
    )
  })

  it('tells errors that nothing explains above what could not be seen, a line each, and leaves the rest to the file', () => {
    const nasty = `<!channel> <@U01ANA> *bold* ${'x'.repeat(900)}\nsecond line`
    const unexplained = [
      unexplainedError(),
      unexplainedError({ of: 'nginx', said: nasty, count: 1, first: 600, last: 600 }),
      ...['a', 'b', 'c'].map((said) =>
        unexplainedError({ said, strangers: true, count: 2, first: 7, last: 7 }),
      ),
    ]
    const unknown = [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
    const report = diskReport({ unexplained, unknown })
    const rest = threadMessages(of(report), [disk]).at(-1)
    const lines = (rest ? toPlain(rest) : '').split('\n')
    expect(lines[0]).toBe('Errors in the logs that nothing found here explains')
    expect(lines[1]).toBe(
      '  • PostgreSQL logged 12 times in 4 minutes, last 3 s ago: ERROR: permission denied for table hosts',
    )
    expect(lines[2]).toMatch(/^ {2}• nginx logged once, 10 minutes ago: <!channel> <@U01ANA> \*bold\* x+…$/)
    expect(lines[3]).toBe('  • PostgreSQL (not about DebVisor) logged 2 times, last 7 s ago: a')
    expect(lines[5]).toBe('  • and 1 more, listed in the file')
    expect(lines[6]).toBe('Could not be seen')
    expect(JSON.stringify(rest?.blocks)).not.toMatch(/"type":"(user|broadcast|usergroup|mrkdwn)"/)
    const file = outputFile(of(report), [disk]).content
    expect(file).toContain(
      '==== Errors in the logs that nothing found here explains\n- PostgreSQL logged 12 times',
    )
    expect(file).toContain('- PostgreSQL (not about DebVisor) logged 2 times, last 7 s ago: c\n')
    expect(file).toContain(`${'x'.repeat(900)} second line\n`)
  })

  it('keeps notices away from the evidence of causes, in a few words each', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const notice = {
      ...cause,
      id: 'clock',
      role: 'notice',
      title: 'The clock is off',
      detail: 'by 3 s',
    } as const
    const messages = threadMessages(of(diskReport({ findings: [cause, notice] })), [disk]).map(toPlain)
    expect(messages[0]).not.toContain('clock')
    expect(messages[1]).toContain('Worth a look\n  • The clock is off: by 3 s\n    Free space there')
  })

  it('leaves what was ruled out to the file, which names it in words', () => {
    const ruledOut = Array.from({ length: 30 }, (_, i) => ({
      id: `host.disk-${i}-full`,
      title: `host: disk ${i} full`,
    }))
    const report = diskReport({ ruledOut })
    const thread = threadMessages(of(report), [disk]).map(toPlain).join('\n')
    expect(thread).not.toContain('disk 0 full')
    expect(outputFile(of(report), [disk]).content).toContain('- disk 29 full (host)\n')
  })

  it('is one short reply where nothing is wrong: what was looked at, changed and ruled out is in the file', () => {
    const changed = {
      since: { kind: 'day', seconds: 86_400 },
      items: [{ kind: 'file', name: '/etc/fstab', at: '13:58', age: 240 }],
    } as const
    const summary = 'nothing wrong found: 1 cause ruled out'
    const well = diskReport({
      verdict: 'healthy',
      findings: [],
      summary,
      changed,
      lookedAt: 'port 80',
      blind: 'a spike',
    })
    expect(threadMessages(of(well), [disk]).map(toPlain)).toEqual([
      `@U01ANA 🟢 db on host1: ${summary}\n[Right] [Wrong, it was …] [History]`,
    ])
    expect(outputFile(of(well), [disk]).content).toMatch(
      /==== Looked at\n- port 80\n\n==== Not seen in one visit\n- a spike\n.*Ruled out.*\/etc\/fstab/s,
    )
    const unknown = [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
    const partly = threadMessages(of({ ...well, unknown }), [disk]).map(toPlain)
    expect(partly).toEqual([expect.stringContaining('Could not be seen\nDisk space: permission denied')])
  })

  it('marks a symptom otherwise than a cause', () => {
    const [cause, ...others] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const findings = [{ ...cause, symptom: true } as const, ...others]
    const [evidence] = threadMessages(of(diskReport({ findings })), [disk])
    expect(evidence && toPlain(evidence)).toContain('❓ Symptom: The disk of PostgreSQL is full')
  })

  it('says in each notification what it is about, and what the message holds', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const long = { ...cause, evidence: [{ probe: 'disk', text: `${'y'.repeat(300)}\n`.repeat(9) }] }
    const findings = Array.from({ length: 20 }, (_, i) => ({ ...long, id: `f${i}` }))
    const unknown = [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
    const texts = threadMessages(of(diskReport({ findings, unknown })), [disk]).map(({ text }) => text)
    expect(texts.at(1)).toMatch(/^db on host1: critical: PostgreSQL is down .* \(evidence, part 2 of \d\)$/)
    expect(texts.at(-1)).toBe('db on host1, besides the verdict: 1 probe without an answer')
  })

  it('has the same keys whenever it is shown', () => {
    const keys = () => threadMessages(of(), [disk]).map((message) => message.key)
    expect(keys()).toEqual(['thread:evidence:1'])
    expect(keys()).toEqual(keys())
  })

  it('stops after four messages of evidence and counts what is left to the file', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const long = { ...cause, evidence: [{ probe: 'disk', text: `${'y'.repeat(300)}\n`.repeat(9) }] }
    const findings = Array.from({ length: 60 }, (_, i) => ({ ...long, id: `f${i}` }))
    const messages = threadMessages(of(diskReport({ findings })), [disk])
    const evidence = messages.filter((message) => message.key.startsWith('thread:evidence'))
    expect(evidence).toHaveLength(4)
    const shown =
      evidence
        .map(toPlain)
        .join('\n')
        .match(/Cause:/g)?.length ?? 0
    expect(evidence.at(-1) && toPlain(evidence[3] as never)).toContain(`${60 - shown} more in the file below`)
  })

  const failure = { hop: 'host1', stage: 'network', reason: 'no answer', remedy: 'look' } as const
  const unseen = [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
  it.each([
    [
      'a problem',
      { report: diskReport() },
      'db on host1: critical: PostgreSQL is down because its disk is full',
    ],
    [
      'a healthy host',
      {
        report: diskReport({
          verdict: 'healthy',
          findings: [],
          summary: 'nothing wrong found: 1 cause ruled out',
        }),
      },
      'db on host1: nothing wrong found: 1 cause ruled out',
    ],
    [
      'what could not be seen',
      {
        report: diskReport({
          verdict: 'inconclusive',
          findings: [],
          unknown: unseen,
          summary: 'could not look at Disk space',
        }),
      },
      'db on host1: inconclusive: could not look at Disk space',
    ],
    [
      'a host that was not reached',
      { state: 'failed', report: null, failure },
      'db on host1: not examined, host1 cannot be reached',
    ],
    [
      'a run that somebody else cancelled',
      { state: 'cancelled', report: null, cancelledBy: 'U02BO', endedAt: new Date(at.getTime() + 4_200) },
      'db on host1: cancelled after 4 s, host1 was not diagnosed',
    ],
  ] as const)(
    'calls whoever asked once, with the verdict as a lock screen shows it: of %s',
    (_, parts, words) => {
      const [first, ...others] = threadMessages(view(run(parts)), [])
      expect(first?.text).toBe(`<@U01ANA> ${words}`)
      expect(first && toPlain(first)).toMatch(/^@U01ANA (🔴|🟠|🟢|🟡|⚫) db on host1: /u)
      expect(JSON.stringify(others)).not.toContain('U01ANA')
    },
  )

  it('says how bad the worst of its causes is, though a warning is likelier', () => {
    const [cause, ...others] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const call = { ...cause, id: 'log.failed-call', severity: 'warning' } as const
    const text = (findings: Report['findings']) => threadMessages(of(diskReport({ findings })), [])[0]?.text
    expect(text([call, { ...cause, symptom: true }, ...others])).toContain('db on host1: critical: ')
    expect(text([call, ...others])).toContain('db on host1: warning: ')
  })

  it('calls everybody who waits for it, each once, and nobody for what they cancelled themselves', () => {
    const watchers = ['U02BO', 'U01ANA', 'U03CY']
    const [first] = threadMessages(view(run({ report: diskReport() }), { watchers }), [])
    expect(first?.text).toMatch(/^<@U01ANA> <@U02BO> <@U03CY> db on host1: critical: /)
    expect(first && toPlain(first)).toMatch(/^@U01ANA @U02BO @U03CY 🔴 db on host1: /u)
    const cancelled = run({ state: 'cancelled', report: null, cancelledBy: 'U01ANA' })
    expect(threadMessages(view(cancelled, { watchers }), []).map(({ text }) => text)).toEqual([
      expect.stringMatching(/^<@U02BO> <@U03CY> db on host1: cancelled/),
    ])
    const byBo = threadMessages(view(run({ state: 'cancelled', cancelledBy: 'U02BO' })), [])[0]
    expect(byBo && toPlain(byBo)).toMatch(/^@U01ANA ⚫ db on host1: cancelled, .*\nCancelled by @U02BO$/u)
    expect(threadMessages(view(cancelled), [])).toEqual([])
  })

  it('calls nobody where no person asked, and then says no verdict by itself', () => {
    const actor = { kind: 'schedule', id: 'U01ANA' } as const
    const [first] = threadMessages(view(run({ actor, report: diskReport() })), [disk])
    expect(first?.text).toBe('db on host1: critical: PostgreSQL is down because its disk is full')
    expect(JSON.stringify(first)).not.toContain('U01ANA')
    expect(threadMessages(view(run({ actor, state: 'failed', report: null, failure })), [])).toEqual([])
  })

  it('calls nobody whom the host names', () => {
    const summary = '<!channel> <@U0VICTIM> is down'
    const [first] = threadMessages(of(diskReport({ summary })), [disk])
    expect(first?.text).toBe('<@U01ANA> db on host1: critical: &lt;!channel&gt; &lt;@U0VICTIM&gt; is down')
    expect(JSON.stringify(first?.blocks).match(/"type":"(user|broadcast|usergroup)"/g)).toEqual([
      '"type":"user"',
    ])
  })
})

describe('the output file', () => {
  it('has every probe under its heading, with the exact command, output and errors', () => {
    const silent: ProbeRecord = {
      ...disk,
      id: 'pg',
      status: 'timed-out',
      exitCode: null,
      reason: 'no answer within 10 s',
      stdout: '',
      stderr: 'connecting …\n',
    }
    const file = outputFile(of(), [disk, silent])
    expect(file).toMatchObject({ key: 'file:output', filename: 'db-host1-7F3K.txt' })
    expect(file.content).toBe(
      [
        'db on host1, run 7F3K, 2026-11-05T14:02:11.000Z',
        '',
        '==== disk · Disk space · answered, exit status 0, 12 ms',
        '$ df -P /var/lib/postgresql',
        '/dev/sdb1 20G 20G 0 100% /var/lib/postgresql',
        '',
        '==== pg · PostgreSQL · timed-out, 12 ms: no answer within 10 s',
        '$ df -P /var/lib/postgresql',
        '---- stderr',
        'connecting …',
        '',
        '==== Findings',
        '- cause: The disk of PostgreSQL is full: /var/lib/postgresql is 100 % used (0 B free of 20 GB)',
        '- consequence: PostgreSQL is down: PostgreSQL stopped at 14:02',
        '- consequence: The API fails: the API answers 500',
        '',
        '==== Ruled out',
        '- Too many connections',
        '',
      ].join('\n'),
    )
  })
})
