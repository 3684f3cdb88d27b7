import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import { loadRunbooks } from '../../src/engine/load-runbooks.ts'
import { triage } from '../../src/engine/triage.ts'
import { printProblem } from '../../src/yaml/problem.ts'

const loaded = loadRunbooks([shippedRunbooks])
if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
const topics = [...loaded.runbooks.topics.values()]
const choose = (said: string) => triage(topics, said)

const wanted: Readonly<Record<string, readonly string[]>> = {
  service: [
    'Service fails to start via systemd',
    '`systemctl status debvisor` shows `failed`',
    'Error logs in `/var/log/debvisor/error.log`',
    "debvisor won't start",
    'the service keeps crashing',
    'it does not come up after reboot',
    'port 8080 already in use',
    'unit is dead',
    'config error after deploy',
    'permission denied on startup',
  ],
  db: [
    '"Internal Server Error" on API requests',
    'Logs show `OperationalError` or `FATAL: password authentication failed`',
    'api returns 500',
    'users get internal server errors',
    'cannot connect to the database',
    'too many connections in postgres',
    'wrong password for the database',
    'connection pool exhausted',
  ],
  websocket: [
    'Dashboard metrics are stale',
    '"Connection lost" banner in UI',
    'Browser console shows WebSocket connection errors (400/1006)',
    'banner says connection lost',
    'live updates stopped',
    'charts are frozen',
    'socket.io disconnects all the time',
    'old values on the dashboard',
    'nginx upgrade headers',
  ],
  performance: [
    'The dashboard or the API is slow',
    'everything is slow since noon',
    'requests are timing out',
    'dashboard takes ages to load',
    'high cpu',
    'slow queries',
    'response times are bad',
    'out of memory',
  ],
}

describe('triage', () => {
  it.each(Object.entries(wanted).flatMap(([topic, all]) => all.map((said) => [said, topic])))(
    '%s: %s',
    (said, topic) => expect(choose(said)).toMatchObject({ topic, decided: true }),
  )

  it('says by which words and which symptom', () => {
    expect(choose('dashboard metrics are stale!')?.reason).toBe(
      'chosen by “dashboard”, “metrics”, “stale”, as in its symptom: Dashboard metrics are stale',
    )
  })

  it.each([
    ['DebVisorHighLatency', 'performance'],
    ['firing: DebVisorAPIDown, the database is slow', 'service'],
    ['debvisorapidown', 'service'],
    ['CertificateExpiringSoon', 'websocket'],
    ['HostSystemdServiceCrashed', 'service'],
  ])('takes the topic that is for the alert: %s', (said, topic) => {
    expect(choose(said)).toMatchObject({ topic, decided: true })
    expect(choose(said)?.reason).toMatch(/^chosen by the alert [A-Z]/)
  })

  it('says of an alert that no runbook is for that it is so, and nothing more clever', () => {
    const choice = choose('CephHealthWarn')
    expect(choice).toMatchObject({ decided: false })
    expect(choice?.reason).toContain('first look: no runbook is for the alert CephHealthWarn, and ')
    expect(choose('the API is slow since CephHealthWarn')).toMatchObject({
      topic: 'performance',
      decided: true,
    })
  })

  it.each([
    ['', 'first look: no symptom was named, and '],
    ['the host', 'first look: no symptom was named, and '],
    ['xyzzy plugh', 'first look: no symptom has these words, and '],
    ['database websocket', 'first look: the words fit db and websocket alike, and '],
  ])('of %j decides nothing, says so, and looks with what sees most', (said, begins) => {
    const choice = choose(said)
    expect(choice?.decided).toBe(false)
    expect(choice?.reason).toContain(begins)
    const most = Math.max(...topics.map(({ findings }) => findings.length))
    expect(topics.find(({ topic }) => topic === choice?.topic)?.findings).toHaveLength(most)
  })

  it('of no runbooks chooses none', () => expect(triage([], 'slow')).toBeUndefined())

  it.each([`Aa${'A'.repeat(60)}-`, `aaa${'es'.repeat(60)}x`, `${'Ab'.repeat(500)}:`])(
    'takes no time for a pasted token: %#',
    (token) => {
      const began = performance.now()
      expect(choose(token)?.decided).toBe(false)
      expect(performance.now() - began).toBeLessThan(1_000)
    },
  )

  it('keeps of what was typed only words that a runbook has, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z0-9]{12,30}$/), (text, secret) => {
        const choice = choose(`slow ${text} ${secret}`)
        expect(choice?.reason).not.toContain(secret)
        expect(choice?.reason).not.toMatch(/[<>&*_~|@#\n]/)
      }),
    )
  })

  it('does not hang on how it is written', () => {
    for (const said of Object.values(wanted).flat())
      expect(choose(`  ${said.toUpperCase()} … `)?.topic).toBe(choose(said)?.topic)
  })
})
