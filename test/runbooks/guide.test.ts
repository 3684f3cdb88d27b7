import { describe, expect, it } from 'vitest'
import { nextWave } from '../../src/engine/plan/plan.ts'
import { resolveParameters } from '../../src/engine/runbook/parameters.ts'
import { runbooks } from './diagnosis.ts'

/** Every step of the troubleshooting guide, in its own words. */
const steps = [
  ['service', 'Service Startup 1', 'journalctl -u debvisor -n 50 --no-pager'],
  ['service', 'Service Startup 2', 'debvisor-cli config validate'],
  ['service', 'Service Startup 3', 'ss -ltnup'],
  ['service', 'Service Startup 3', 'netstat -tulpn'],
  ['db', 'Database 1', 'systemctl status postgresql'],
  ['db', 'Database 2', 'pg_isready -h localhost -p 5432'],
] as const

const resolutions = [
  ['service', '**Config Error**: Fix syntax errors in `/etc/debvisor/config.yaml`.'],
  ['service', '**Port Conflict**: Change port in config or stop conflicting service.'],
  ['service', '**Permission Denied**: Ensure `debvisor` user owns `/opt/debvisor` and `/var/lib/debvisor`.'],
  ['db', 'Restart PostgreSQL: `systemctl restart postgresql`'],
  ['db', 'Verify credentials in `.env` or `config.yaml`.'],
  ['db', 'Check firewall rules allowing localhost traffic.'],
  ['websocket', 'Fix Nginx config.'],
  ['websocket', 'proxy_set_header Upgrade $http_upgrade;'],
  ['websocket', 'proxy_set_header Connection "upgrade";'],
  ['websocket', 'Ensure client and server Socket.IO versions match.'],
] as const

const symptoms = [
  ['service', 'Service fails to start via systemd'],
  ['service', '`systemctl status debvisor` shows `failed`'],
  ['service', 'Error logs in `/var/log/debvisor/error.log`'],
  ['db', '"Internal Server Error" on API requests'],
  ['db', 'Logs show `OperationalError` or `FATAL: password authentication failed`'],
  ['websocket', 'Dashboard metrics are stale'],
  ['websocket', '"Connection lost" banner in UI'],
  ['websocket', 'Browser console shows WebSocket connection errors (400/1006)'],
] as const

const runbookOf = (topic: string) => {
  const runbook = runbooks.topics.get(topic)
  if (!runbook) throw new Error(`no topic ${topic}`)
  return runbook
}

function firstWave(topic: string) {
  const runbook = runbookOf(topic)
  const resolved = resolveParameters(runbook, {})
  if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
  const host = { name: 'host1', production: false }
  return nextWave(runbook, { parameters: resolved.values, host }, new Map()).commands
}

describe('the guide', () => {
  it.each(steps)('%s: %s is a probe of the first wave: %s', (topic, step, command) => {
    const ids = [...runbookOf(topic).probes.values()]
      .filter(({ guide }) => guide === step)
      .map(({ id }) => id)
    const commands = firstWave(topic).filter(({ id }) => ids.includes(id))
    // The guide puts no quotes around a plain word.
    const texts = commands.map(({ text }) => text.replaceAll(/'([A-Za-z0-9_@%+=:,./-]+)'/g, '$1'))
    expect(texts.join('\n')).toContain(command)
  })

  it.each([
    ['db', 'Database 3'],
    ['websocket', 'WebSocket 1'],
    ['websocket', 'WebSocket 2'],
  ])('%s: %s is a probe', (topic, step) => {
    const probes = [...runbookOf(topic).probes.values()]
    expect(probes.map(({ guide }) => guide)).toContain(step)
  })

  it.each(resolutions)('%s resolves: %s', (topic, sentence) => {
    const steps = runbookOf(topic).findings.flatMap(({ resolution }) => resolution)
    expect(steps.map((step) => step.render({})).join('\n')).toContain(sentence)
  })

  it.each(symptoms)('%s knows the symptom: %s', (topic, symptom) => {
    expect(runbookOf(topic).symptoms).toContain(symptom)
  })
})

describe('the shipped runbooks', () => {
  it('are found by their names and aliases', () => {
    for (const [alias, topic] of [
      ['database', 'db'],
      ['postgres', 'db'],
      ['startup', 'service'],
      ['ws', 'websocket'],
      ['realtime', 'websocket'],
      ['perf', 'performance'],
    ] as const)
      expect(runbooks.find(alias)?.topic).toBe(topic)
  })

  it('keep the first wave small enough for one round trip', () => {
    for (const topic of runbooks.topics.keys()) {
      // To connect to a port is the bot's own work: the host runs nothing for it.
      const commands = firstWave(topic).filter(({ kind }) => kind !== 'connect')
      expect(commands.length).toBeLessThanOrEqual(55)
      expect(commands.filter(({ kind }) => kind === 'privileged')).toEqual([])
    }
  })
})
