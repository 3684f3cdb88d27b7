import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../../src/findings/finding.ts'
import type { Message } from '../../../../src/slack/message.ts'
import { overdueMessage } from '../../../../src/slack/messages/escalation/alarms.ts'
import { privateCopy } from '../../../../src/slack/messages/run/private-copy.ts'
import type { RunView, Solved, SolvedBefore } from '../../../../src/slack/messages/run/run-view.ts'
import { threadMessages } from '../../../../src/slack/messages/run/thread-messages.ts'
import { verdictMessage } from '../../../../src/slack/messages/run/verdict-message.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { at, diskReport, escalation, run, ticketView, unexplainedError, view } from '../sample-views.ts'

const problem = run({ report: diskReport() })
const buttons = (message: Message) =>
  message.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : [])) as {
    action_id: string
    value: string
    confirm?: object
  }[]
const labels = (message: Message): string => toPlain(message).match(/\[.*\]/)?.[0] ?? ''

describe('the verdict of a problem', () => {
  it('is read in two breaths', () => {
    const message = verdictMessage(view(problem))
    expect(message.text).toBe('🔴 db on host1: PostgreSQL is down because its disk is full')
    expect(toPlain(message)).toBe(
      [
        '🔴 db on host1: PostgreSQL is down because its disk is full',
        '/var/lib/postgresql is 100 % used (0 B free of 20 GB) → PostgreSQL stopped at 14:02 → the API answers 500',
        'What to do: Free space there, then `systemctl restart postgresql`',
        '[Check again] [Open ticket] [Contact DevOps lead] [Page on-call] [Watch until healthy]',
        'asked by @U01ANA · host1 (production) · 14 probes in 1.2 s · run 7F3K',
      ].join('\n'),
    )
  })

  it('shows below what to do what was changed, and last what one visit cannot see', () => {
    const changed = {
      since: { kind: 'healthy-run', seconds: 7_200 },
      items: [
        { kind: 'file', name: '/etc/fstab <!channel>', at: '13:58', age: 240 },
        { kind: 'package', name: 'postgresql-15 15.9-0', at: '13:40', age: 1_320 },
      ],
    } as const
    const told = run({ report: diskReport({ changed, blind: 'a spike that ended before 14:02' }) })
    const lines = toPlain(verdictMessage(view(told))).split('\n')
    expect(lines[1]).toContain('is 100 % used')
    expect(lines[2]).toContain('What to do: Free space')
    expect(lines[3]).toBe(
      'Changed since the last healthy run (2 h ago): /etc/fstab <!channel> 13:58, package postgresql-15 15.9-0 13:40',
    )
    expect(lines.at(-1)).toBe('Not seen in one visit: a spike that ended before 14:02')
    const three = { ...changed, items: [...changed.items, { ...changed.items[0], name: '/etc/hosts' }] }
    const many = toPlain(verdictMessage(view(run({ report: diskReport({ changed: three }) }))))
    expect(many).toContain('package postgresql-15 15.9-0 13:40 and 1 more\n')
    const none = { since: { kind: 'day', seconds: 86_400 }, items: [] } as const
    const first = run({ report: diskReport({ changed: { ...changed, related: 1 } }) })
    expect(toPlain(verdictMessage(view(first)))).toContain('/etc/fstab <!channel> 13:58\n')
    const apart = run({ report: diskReport({ changed: { ...changed, related: 0 } }) })
    expect(toPlain(verdictMessage(view(apart)))).not.toContain('Changed')
    expect(toPlain(verdictMessage(view(run({ report: diskReport({ changed: none }) }))))).not.toContain(
      'Changed',
    )
  })

  it('sets what to do apart from why, and from what else there is', () => {
    const [cause, ...others] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const second = { ...cause, id: 'dns.broken', title: 'DNS does not answer' }
    const told = run({ report: diskReport({ findings: [cause, ...others, second] }) })
    const starts = verdictMessage(view(told)).blocks.map((block) => toPlain({ text: '', blocks: [block] }))
    expect(starts.map((start) => start.split(/[:\]]/)[0])).toEqual([
      '🔴 db on host1',
      'What to do',
      'Also',
      '[Check again',
      'asked by @U01ANA · host1 (production) · 14 probes in 1.2 s · run 7F3K',
    ])
  })

  it('says the first steps a line each below the cause, and whom to suspect below them', () => {
    const { findings, ...rest } = diskReport()
    const [cause, ...others] = findings
    if (!cause) throw new Error('the report has a cause')
    const steps = ['Look at `df`', 'Run `systemctl restart postgresql`', 'Grow the disk', 'Tell somebody']
    const suspect = { ...cause, id: 'changed', role: 'suspect', title: '/etc/fstab:3 changed' } as const
    const told = { ...rest, findings: [suspect, { ...cause, resolution: steps }, ...others] }
    expect(
      toPlain(verdictMessage(view(run({ report: told }))))
        .split('\n')
        .slice(2, 5),
    ).toEqual([
      'What to do: 1. Look at `df`',
      '2. Run `systemctl restart postgresql` (2 more in the thread)',
      'May be to blame: /etc/fstab:3 changed',
    ])
  })

  it("shows the guide's bold words as such, and its code as code", () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const step = '**Permission Denied**: run `chown **` as root, 2 ** 3'
    const told = run({ report: diskReport({ findings: [{ ...cause, resolution: [step] }] }) })
    const leaves = verdictMessage(view(told)).blocks[1]
    expect(leaves).toMatchObject({
      elements: [
        {
          elements: [
            { text: 'What to do: ', style: { bold: true } },
            { text: 'Permission Denied', style: { bold: true } },
            { text: ': run ' },
            { text: 'chown **', style: { code: true } },
            { text: ' as root, 2 ** 3' },
          ],
        },
      ],
    })
  })

  it('is orange where all of its causes are warnings, and does not sound proven where it is not', () => {
    const [cause, ...others] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const of = (...causes: Partial<Finding>[]) => {
      const findings = [...causes.map((parts) => ({ ...cause, ...parts })), ...others]
      return verdictMessage(view(run({ report: diskReport({ findings }) }))).text
    }
    const words = 'PostgreSQL is down because its disk is full'
    expect(of({ severity: 'warning' })).toBe(`🟠 db on host1: ${words}`)
    expect(of({ severity: 'warning' }, { id: 'other' })).toBe(`🔴 db on host1: ${words}`)
    expect(of({ symptom: true })).toBe(`🔴 db on host1: ${words} (cause unknown)`)
    expect(of({ severity: 'warning', confidence: 'likely' })).toBe(
      `🟠 db on host1: ${words} (likely, not proven)`,
    )
  })

  it('says how far its cause is proven, however long the rest is, and not of what may be to blame', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const findings = [{ ...cause, confidence: 'likely' } as const]
    const of = (summary: string) =>
      verdictMessage(view(run({ report: diskReport({ findings, summary }) }))).text
    expect(of('nginx is down; suspect: /etc/x changed')).toBe(
      '🔴 db on host1: nginx is down (likely, not proven); suspect: /etc/x changed',
    )
    expect(of('x'.repeat(500))).toMatch(/x…? \(likely, not proven\)$/)
    expect(of(`${'x'.repeat(500)}; suspect: ${'y'.repeat(500)}`)).toMatch(
      /x…? \(likely, not proven\); suspect: y+…$/,
    )
  })

  it('tells whoever reads it alone of no thread', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const report = diskReport({ findings: [{ ...cause, resolution: ['one', 'two', 'three'] }] })
    const shown = verdictMessage(view(run({ report })))
    expect(toPlain(shown)).toContain('(1 more in the thread)')
    const alone = toPlain(privateCopy(run(), shown))
    expect(alone).toContain('(1 more)')
    expect(alone).not.toContain('in the thread')
  })

  it('names the other causes and leaves findings that this cause does not explain out of its chain', () => {
    const { findings, ...rest } = diskReport()
    const [cause] = findings
    if (!cause) throw new Error('the report has a cause')
    const other = {
      ...cause,
      id: 'dns.broken',
      title: 'DNS does not answer',
      detail: 'no answer from 10.0.0.2',
    }
    const text = toPlain(verdictMessage(view(run({ report: { ...rest, findings: [...findings, other] } }))))
    expect(text).toContain('Also: DNS does not answer')
    expect(text).not.toContain('10.0.0.2')
  })

  it('puts the meaning of a long detail into its chain, for the detail is evidence', () => {
    const { findings, ...rest } = diskReport()
    const wordy = {
      detail: '2026-11-05 14:02:11 UTC [192] FATAL: could not write to file: No space left',
      title: 'The API fails',
    }
    const told = findings.map((finding) => (finding.id === 'api.errors' ? { ...finding, ...wordy } : finding))
    const text = toPlain(verdictMessage(view(run({ report: { ...rest, findings: told } }))))
    expect(text).toContain('→ PostgreSQL stopped at 14:02 → the API fails\n')
  })

  it("carries nothing but the run's id in its buttons, and Slack's question before a page", () => {
    const all = buttons(verdictMessage(view(problem)))
    expect(all.map((b) => b.action_id)).toEqual([
      'run_again',
      'escalate_1',
      'escalate_2',
      'escalate_3',
      'watch_start',
    ])
    expect(new Set(all.map((b) => b.value))).toEqual(new Set([problem.id]))
    expect(all.map((b) => b.confirm !== undefined)).toEqual([false, false, false, true, false])
  })
})

describe('escalations', () => {
  it('offers a page outside production without a confirmation, for a form asks why; and none for a healthy host', () => {
    const elsewhere = verdictMessage(view(run({ production: false, report: diskReport() })))
    expect(labels(elsewhere)).toContain('[Page on-call]')
    expect(buttons(elsewhere).filter((b) => b.confirm)).toEqual([])
    const healthy = run({ report: diskReport({ verdict: 'healthy', findings: [] }) })
    expect(labels(verdictMessage(view(healthy)))).toBe('[Check again] [Open ticket] [Contact DevOps lead]')
  })

  it('takes away the button that was used and says who did it, when and what came of it', () => {
    const message = verdictMessage(view(problem, { escalations: [ticketView()] }))
    expect(labels(message)).toBe('[Check again] [Contact DevOps lead] [Page on-call] [Watch until healthy]')
    expect(toPlain(message)).toContain('✅ Ticket #12 opened by @U01ANA · 2026-11-05 14:02 UTC\n')
  })

  it.each([
    [{ level: 1, state: 'requested', number: null }, '⏳ Ticket is being opened for @U01ANA · AT'],
    [
      { level: 1, state: 'failed', number: null, error: 'no disk' },
      '❌ Ticket not opened for @U01ANA · AT: no disk',
    ],
    [
      { level: 2, reached: ['direct message', 'e-mail to lead@example.org'] },
      '✅ DevOps lead contacted by @U01ANA · AT: direct message, e-mail to lead@example.org',
    ],
    [
      { level: 2, state: 'failed', error: 'mail: 451' },
      '❌ DevOps lead not reached for @U01ANA · AT: mail: 451',
    ],
    [{ level: 3, state: 'requested' }, '⏳ On-call is being paged for @U01ANA · AT'],
    [{ level: 3 }, '✅ On-call paged by @U01ANA through PagerDuty · AT'],
    [
      { level: 3, state: 'failed', error: 'it answered 500' },
      '❌ On-call not paged for @U01ANA · AT: it answered 500',
    ],
  ] as const)('says in plain words what came of level $0.level', (parts, line) => {
    const shown = toPlain(verdictMessage(view(problem, { escalations: [ticketView(parts)] })))
    expect(shown.split('\n')).toContain(line.replace('AT', '2026-11-05 14:02 UTC'))
  })

  it('says how the lead was reached only until they answer', () => {
    const reached = ['direct message']
    const shown = (parts: object) =>
      toPlain(verdictMessage(view(problem, { escalations: [ticketView({ level: 2, reached, ...parts })] })))
    expect(shown({})).toContain('direct message')
    expect(shown({ state: 'acknowledged', acknowledgedBy: 'U02LEAD' })).not.toContain('direct message')
    expect(shown({ state: 'resolved', closedAt: at })).not.toContain('direct message')
  })

  it('keeps the button of one that failed', () => {
    const failed = ticketView({ state: 'failed', error: 'no SMTP' })
    const message = verdictMessage(view(problem, { escalations: [failed] }))
    expect(labels(message)).toContain('[Open ticket]')
    expect(toPlain(message)).toContain('no SMTP')
  })

  it('tells that another run on the same problem asked before', () => {
    const shared = ticketView({
      level: 3,
      state: 'requested',
      otherThread: { url: 'https://example.slack.com/archives/C1/p1' },
    })
    const message = verdictMessage(view(problem, { escalations: [shared] }))
    expect(labels(message)).not.toContain('Page')
    expect(toPlain(message)).toContain("in another run's thread: https://example.slack.com/archives/C1/p1")
  })

  it('says of a page that nobody clicked why it was made, and for whom', () => {
    const paged = (state: 'requested' | 'done') =>
      toPlain(verdictMessage(view(problem, { escalations: [ticketView({ level: 3, state, byTime: true })] })))
    expect(paged('done')).toContain(
      'On-call paged for @U01ANA through PagerDuty, because nobody acknowledged · ',
    )
    expect(paged('requested')).toContain('On-call is being paged for @U01ANA, because nobody acknowledged · ')
  })
})

describe('a problem that was there before', () => {
  const healthy = { code: '5AB2', by: 'U02BO', at }
  const words = { ticket: 12, channel: 'C1', said: 'emptied <!here> the archive', by: 'U02BO', at }
  const line = (before: Partial<SolvedBefore>): string => {
    const solvedBefore = { code: '5AB1', at, solved: { healthy }, times: 1, ...before }
    const message = verdictMessage(view(problem, { solvedBefore }))
    // Nobody is called by name for what they did another day.
    expect(JSON.stringify(message)).not.toContain('U02BO')
    return toPlain(message).match(/^Solved before: .*$/m)?.[0] ?? ''
  }
  const when = ', 2026-11-05 14:02 UTC (run 5AB1)'

  it.each([
    [{ solved: { healthy, fix: { title: 'Restart it', by: 'U02BO' } } }, `fix Restart it worked${when}`],
    [{ words }, `“emptied <!here> the archive” in ticket #12${when}`],
    [{ words: { ...words, channel: 'C2' } }, `how is in ticket #12${when}`],
    [
      { solved: { resolved: { by: 'U02BO', at } }, times: 3 },
      `somebody resolved it${when} · 3rd time in 30 days`,
    ],
    [
      { solved: { healthy, fix: { title: 'Restart it', by: 'U02BO' } }, words, times: 12 },
      `fix Restart it worked, more in ticket #12${when} · 12th time in 30 days`,
    ],
  ])('says in one line how it was solved: %#', (before, words) => {
    expect(line(before)).toBe(`Solved before: ${words}`)
  })

  it('says so of a host that could not be reached, too', () => {
    const failure = { hop: 'host1', stage: 'network', reason: 'no answer', remedy: 'look' } as const
    const solvedBefore = { code: '5AB1', at, solved: { resolved: { by: 'U02BO', at } }, times: 2 }
    const message = verdictMessage(view(run({ state: 'failed', failure }), { solvedBefore }))
    expect(toPlain(message)).toContain('Solved before: somebody resolved it')
  })
})

describe('what is solved', () => {
  const later = new Date('2026-11-05T14:13:11Z')
  const healthy = { code: '7F3M', by: 'U02BO', at: later }
  const fix = { title: 'Restart <PostgreSQL>', by: 'U01ANA' }
  const resolved = { by: 'U03EVE', at: new Date('2026-11-05T14:12:11Z') }
  const shown = (solved: Solved, parts: Partial<RunView> = {}) =>
    verdictMessage(view(problem, { solved, fixes: { asked: [], offer: 'offered' }, ...parts }))

  it.each([
    [{ resolved }, 'resolved by @U03EVE 2026-11-05 14:12 UTC'],
    [{ healthy }, 'found healthy 2026-11-05 14:13 UTC by @U02BO (run 7F3M)'],
    [
      { fix, healthy },
      'fix Restart <PostgreSQL> by @U01ANA worked, found healthy 2026-11-05 14:13 UTC (run 7F3M)',
    ],
    [
      { resolved, healthy },
      'resolved by @U03EVE 2026-11-05 14:12 UTC · found healthy 2026-11-05 14:13 UTC by @U02BO (run 7F3M)',
    ],
  ] as const)('says who, when and what solved it, and only Check again is left: %#', (solved, words) => {
    expect(toPlain(shown(solved)).split('\n')).toEqual([
      `☑️ db on host1: ${words}`,
      'It was: PostgreSQL is down because its disk is full',
      '[Check again]',
      expect.stringContaining('asked by'),
    ])
  })

  it('says the same to notifications and screen readers, escaped', () => {
    expect(shown({ fix, healthy }).text).toBe(
      '☑️ db on host1: fix Restart &lt;PostgreSQL&gt; by <@U01ANA> worked, found healthy 2026-11-05 14:13 UTC (run 7F3M). It was: PostgreSQL is down because its disk is full',
    )
  })

  it('names what is still open, which a healthy check does not close', () => {
    const escalations = [ticketView(), escalation(), ticketView({ id: 'e9', number: 9, closedAt: later })]
    expect(toPlain(shown({ healthy }, { escalations }))).toContain('\nStill open: Ticket #12, DevOps lead\n')
    expect(toPlain(shown({ healthy }))).not.toContain('Still open')
  })

  it('offers no page in its alarms either', () => {
    const overdue = escalation({ overdueAt: later, overdueTook: 'offer' })
    const alarm = (solved?: Solved) =>
      overdueMessage({ run: view(problem, { solved }), levels: [overdue] }, overdue)
    const text = (message: Message | null) => (message ? toPlain(message) : '')
    expect(text(alarm())).toContain('Page the on-call?')
    expect(text(alarm({ healthy }))).not.toMatch(/Page/)
  })
})

describe('a healthy answer', () => {
  it('is short: what it rests on is in small print, and what is common in its file', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const notice = (id: string, title: string) => ({ ...cause, id, title, role: 'notice' }) as const
    const findings = [
      notice('postgresql.pool-not-enabled', 'Pool metrics are not enabled'),
      notice('host.clock', 'The clock is off'),
    ]
    const summary = 'nothing wrong found: 9 causes ruled out'
    const report = diskReport({
      verdict: 'healthy',
      findings,
      summary,
      lookedAt: 'port 80',
      blind: 'a <spike>',
    })
    const message = verdictMessage(view(run({ report })))
    expect(toPlain(message).split('\n')).toEqual([
      `🟢 db on host1: ${summary}`,
      'Worth a look: The clock is off',
      '[Check again] [Open ticket] [Contact DevOps lead]',
      expect.stringContaining('asked by'),
      'Looked at: port 80',
      'Not seen in one visit: a <spike>',
    ])
  })
})

describe('other endings', () => {
  it('says what could not be seen and the exact grant when inconclusive', () => {
    const unknown = [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
    const report = diskReport({
      verdict: 'inconclusive',
      summary: 'the journal is closed',
      findings: [],
      unknown,
    })
    const text = toPlain(verdictMessage(view(run({ report }))))
    expect(text).toContain('🟡 db on host1: the journal is closed')
    expect(text).toContain('\nDisk space: permission denied\nWhat to do: `usermod -aG adm bot`\n')
    expect(text).toContain('1 without an answer')
  })

  it('gives a command to copy without the sentence that follows it, which stands in the thread', () => {
    const remedy = 'usermod -aG adm bot; where the log is closed to adm: setfacl -m u:bot:r FILE'
    const unknown = [{ probe: 'disk', reason: 'permission denied', remedy }]
    const shown = view(run({ report: diskReport({ verdict: 'inconclusive', findings: [], unknown }) }))
    expect(toPlain(verdictMessage(shown))).toContain('What to do: `usermod -aG adm bot`\n')
    expect(threadMessages(shown, []).map(toPlain).join('\n')).toContain(
      '    usermod -aG adm bot\nWhere the log is closed to adm: setfacl -m u:bot:r FILE',
    )
  })

  it('quotes the errors that go on and that nothing explains, and no others', () => {
    const said = '<!channel> <https://evil.example|click>'
    const report = diskReport({
      verdict: 'inconclusive',
      summary: 'an error of PostgreSQL goes on that nothing here explains: ERROR',
      findings: [],
      unexplained: [
        unexplainedError({ said }),
        unexplainedError({ said: 'of others', strangers: true }),
        unexplainedError({ said: 'over', goesOn: false }),
        ...['a', 'b', 'c'].map((one) => unexplainedError({ said: one })),
      ],
      unknown: [{ probe: 'disk', reason: 'permission denied', remedy: 'usermod -aG adm bot' }],
    })
    const message = verdictMessage(view(run({ report })))
    const lines = toPlain(message).split('\n')
    const says = 'PostgreSQL logged 12 times in 4 minutes, last 3 s ago:'
    expect(lines.slice(1, 4)).toEqual([`${says} ${said}`, `${says} a`, `${says} b`])
    expect(toPlain(message)).not.toMatch(/of others|over$|ago: c/m)
    expect(JSON.stringify(message.blocks)).not.toMatch(/"type":"(broadcast|link)"/)
    expect(toPlain(message)).toContain('1 without an answer')
    expect(lines.slice(4, 6)).toEqual([
      expect.stringMatching(/^Could not look at .*: permission denied$/),
      'What to do: `usermod -aG adm bot`',
    ])
  })

  it('says at which hop an unreachable host failed, why, and the remedy, and can be escalated', () => {
    const failure = {
      hop: 'jump1',
      stage: 'network',
      reason: 'no answer on port 22',
      remedy: 'start it',
    } as const
    const message = verdictMessage(view(run({ state: 'failed', failure })))
    expect(message.text).toBe('⚫ db on host1: not examined, jump1 cannot be reached')
    expect(toPlain(message)).toContain(
      'At jump1: no answer on port 22\nWhat to do: Start it\n[Check again] [Open ticket]',
    )
  })

  it('says who cancelled a run, that nothing is known, and offers nothing but another check', () => {
    const endedAt = new Date(at.getTime() + 4_200)
    const message = verdictMessage(view(run({ state: 'cancelled', cancelledBy: 'U02BO', endedAt })))
    expect(message.text).toBe('⚫ db on host1: cancelled after 4 s, host1 was not diagnosed')
    expect(toPlain(message)).toBe(
      `${message.text}\nCancelled by @U02BO\n[Check again]\nasked by @U01ANA · host1 (production) · run 7F3K`,
    )
  })

  it('says of a host whose key nobody has pinned yet how to pin it', () => {
    const failure = {
      hop: 'host9',
      stage: 'host-key',
      reason: 'the host key is not pinned',
      remedy: "compare that fingerprint with the host's own, then run: debvisor hosts trust host9",
    } as const
    const told = (hostKey: { readonly hostKey?: 'not-pinned' | 'not-checked' }) =>
      verdictMessage(view(run({ state: 'failed', failure: { ...failure, ...hostKey } })))
    const message = told({ hostKey: 'not-pinned' })
    expect(message.text).toBe('⚫ db on host1: not examined, the host key of host9 is not pinned yet')
    expect(toPlain(message)).toContain('then run: `debvisor hosts trust host9`\n')
    expect(told({ hostKey: 'not-checked' }).text).toContain('the host key of host9 could not be checked')
    expect(told({}).text).toContain('the host key of host9 is not the one that is trusted')
  })

  it('names an asker that is no Slack user without mentioning anybody', () => {
    const actor = { kind: 'schedule', id: '<!channel>' } as const
    const message = verdictMessage(view(run({ actor, report: diskReport() })))
    expect(JSON.stringify(message.blocks)).toContain('asked by &lt;!channel&gt;')
  })
})
