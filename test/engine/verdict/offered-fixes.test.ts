import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/engine/verdict/judge.ts'
import { offersOf } from '../../../src/engine/verdict/offered-fixes.ts'
import { host, record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const db = runbook(
  topic(`
parameters:
  unit: { type: unit, default: postgresql, description: The unit }
  folder: { type: path, default: /srv/app, description: Its folder }
  user: { type: word, default: app, description: Its user }
  group: { type: word, default: '', description: Its group }
probes:
  up: { title: Up, run: up }
  owner: { title: Owner, run: owner, parse: { keyValue: { fields: { user: string, group: string, others: int } } } }
  there: { title: There, run: there, parse: { table: { columns: { what: string, name: string } } } }
  idle: { title: Idle, run: idle, parse: { csv: { columns: { pid: string, began: string } } } }
fixes:
  restart: { title: 'Restart {{unit}}', steps: [[systemctl, restart, --, '{{unit}}']], effect: e, risk: r }
  end:
    title: End session {{pid}}
    steps: [[psql, -d, "options='-c a.pid={{pid}} -c a.began={{began}}'"]]
    as: login
    values: { pid: number, began: number }
    effect: '{{pid}} ends'
    risk: r
  own:
    title: Own it
    steps: [[chown, -R, '{{account}}:{{set}}', --, '{{folder}}']]
    values: { account: { type: word, granted: [user] }, set: { type: word, granted: [group, user] } }
    effect: e
    risk: r
  give:
    title: Give it back
    steps: [[chown, -R, '{{user}}:', --, '{{folder}}']]
    when: there.rows.size() < 9
    changes:
      count: there.rows.filter(r, r.what == "path").size()
      first: there.rows.filter(r, r.what == "path").map(r, r.name)
      from: root:root
      to: '{{user}}:{{user}}'
    others: there.rows.filter(r, r.what == "site").map(r, "the site " + r.name)
    effect: e
    risk: r
findings:
  folder.taken: { title: Taken, when: there.ran, severity: critical, subject: s, detail: d, evidence: [there], resolution: [r], fix: give }
  folder.foreign:
    title: Not its own
    when: owner.exit == 0
    severity: critical
    subject: s
    detail: d
    evidence: [owner]
    resolution: [r]
    fix: { use: own, when: owner.fields.others == 0, values: { account: owner.fields.user, set: owner.fields.group } }
  server.down: { title: It is down, when: up.exit != 0, severity: critical, subject: '\${param.unit}', detail: d, evidence: [up], resolution: [r], fix: restart }
  server.late: { title: It is late, when: up.exit > 1, severity: warning, subject: s, detail: d, evidence: [up], resolution: [r], fix: restart }
  api.down: { title: No API, when: up.exit != 0, severity: critical, subject: s, detail: d, evidence: [up], resolution: [r], fix: restart, explainedBy: [server.down] }
  session.idle:
    title: A session is idle
    each: idle.rows
    severity: warning
    subject: pid \${it.pid}
    detail: d
    evidence: [idle]
    resolution: [r]
    fix: { use: end, values: { pid: it.pid, began: it.began } }
`),
)
const parameters = { unit: 'postgresql@15-main.service', folder: '/srv/app', user: 'app', group: '' }
const inputs = (exit: number, idle: string) => ({
  parameters,
  host,
  records: recordsOf(record('up', { exitCode: exit, status: 'answered' }), record('idle', { stdout: idle })),
})
const offers = (exit: number, idle = '') => offersOf(db, inputs(exit, idle))

describe('what the causes of a run offer', () => {
  it('is a command with its parameters filled in, once where two causes have the same', () => {
    expect(offers(2)).toEqual([
      {
        finding: 'server.down',
        subject: 'postgresql@15-main.service',
        fix: {
          id: 'restart',
          title: 'Restart postgresql@15-main.service',
          effect: 'e',
          risk: 'r',
          settleMs: 3_000,
          touches: {},
          steps: [
            {
              as: 'root',
              argv: ['systemctl', 'restart', '--', 'postgresql@15-main.service'],
              text: 'sudo systemctl restart -- postgresql@15-main.service',
              timeoutMs: 60_000,
            },
          ],
        },
      },
    ])
  })

  it('is nothing where no cause is true', () => {
    expect(offers(0)).toEqual([])
  })

  it('takes out of the evidence which instance is meant, for each of them', () => {
    const told = offers(0, '123,1700000000001\n7,1700000000002\n')
    expect(told.map(({ subject, fix }) => [subject, fix.title, fix.effect])).toEqual([
      ['pid 123', 'End session 123', '123 ends'],
      ['pid 7', 'End session 7', '7 ends'],
    ])
    expect(told[0]?.fix.steps[0]).toMatchObject({
      as: 'login',
      argv: ['psql', '-d', "options='-c a.pid=123 -c a.began=1700000000001'"],
    })
  })

  const owned = (stdout: string, changed: object = {}) =>
    offersOf(db, {
      host,
      parameters: { ...parameters, ...changed },
      records: recordsOf(
        record('up', { exitCode: 0, status: 'answered' }),
        record('idle', { stdout: '' }),
        record('owner', { stdout }),
      ),
    }).map(({ fix }) => fix.steps[0]?.text)

  it('takes what the host says, and only where it is what sudoers grants', () => {
    const all = ['sudo chown -R app:app -- /srv/app']
    expect(owned('user=app\ngroup=app\nothers=0\n')).toEqual(all)
    expect(owned('user=app\ngroup=web\nothers=0\n', { group: 'web' })).toEqual([
      all[0]?.replace(':app', ':web'),
    ])
    expect(owned('user=deploy\ngroup=app\nothers=0\n')).toEqual([])
    expect(owned('user=app\ngroup=web\nothers=0\n')).toEqual([])
    expect(owned('user=app\nothers=0\n')).toEqual([])
  })

  it('is none where its condition is false, or not known', () => {
    expect(owned('user=app\ngroup=app\nothers=1\n')).toEqual([])
    expect(owned('user=app\ngroup=app\n')).toEqual([])
  })

  it('of two causes is offered for the one that may offer it', () => {
    const offered = offersOf(db, inputs(2, ''), (finding) => finding !== 'server.down')
    expect(offered.filter(({ fix }) => fix.id === 'restart').map(({ finding }) => finding)).toEqual([
      'server.late',
    ])
  })

  it('is in the report where it can be rendered, and nowhere else', () => {
    const report = judge({ runbook: db, ...inputs(2, '1; rm -rf /,5\n8,9\n'), ms: 1, login: 'bot' })
    expect(report.findings.map(({ id, subject, fix }) => [id, subject, fix])).toEqual([
      ['server.down', 'postgresql@15-main.service', 'restart'],
      ['server.late', 's', 'restart'],
      ['session.idle', 'pid 1; rm -rf /', undefined],
      ['session.idle', 'pid 8', 'end'],
      ['api.down', 's', 'restart'],
    ])
  })

  describe('tells what it touches', () => {
    const taken = (there: Parameters<typeof record>[1]) => {
      const records = recordsOf(
        record('up', { exitCode: 0, status: 'answered' }),
        record('idle', { stdout: '' }),
        record('there', there),
      )
      const report = judge({ runbook: db, parameters, host, records, ms: 1, login: 'bot' })
      const [offer] = offersOf(db, { parameters, host, records })
      const finding = report.findings.find(({ id }) => id === 'folder.taken')
      return { offered: offer?.fix.touches, told: finding?.touches, fix: finding?.fix }
    }

    it('in numbers, with the first five, each other once', () => {
      const said = ['/a', '/b', '/c d', '/e', '/f', '/g'].map((path) => `path ${path}\n`).join('')
      const { offered, told } = taken({ stdout: `${said}site x\nsite x\n` })
      expect(offered).toEqual({
        paths: { count: 6, first: ['/a', '/b', '/c d', '/e', '/f'], from: 'root:root', to: 'app:app' },
        others: ['the site x'],
      })
      expect(told).toEqual(offered)
    })

    it('and is none where there is nothing to change, it may not be offered, or nobody knows', () => {
      expect(taken({ stdout: 'site x\n' }).fix).toBeUndefined()
      expect(taken({ stdout: 'path /a\n'.repeat(9) }).fix).toBeUndefined()
      expect(taken({ status: 'timed-out', stdout: '' })).toEqual({})
    })
  })

  it('never holds what a host made up: a value is digits, or there is no offer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (said) => {
        const cell = `"${said.replaceAll('"', '""')}"`
        for (const { fix } of offers(0, `${cell},5\n`))
          expect(fix.steps[0]?.argv[2]).toMatch(/^options='-c a\.pid=(0|[1-9][0-9]{0,14}) -c a\.began=5'$/)
      }),
    )
  })
})
