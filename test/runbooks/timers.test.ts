import { describe, expect, it } from 'vitest'
import { causes, diagnose, failed, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** A timer that fires each minute and whose job ended well, but for what is given. */
const timer = (given: Readonly<Record<string, string | number>> = {}): string => {
  const all = {
    timer: 'debvisor-collect.timer',
    state: 'active',
    sub: 'waiting',
    file: 'enabled',
    allowed: 1,
    next: 1,
    fired: 41,
    period: 60,
    once: 0,
    service: 'debvisor-collect.service',
    load: 'loaded',
    job: 'inactive',
    result: 'success',
    status: 0,
    ended: 40,
    skipped: 0,
    command: '/usr/local/bin/collect',
    ...given,
  }
  return `${Object.values(all).join('\t')}\n`
}
const judged = (...timers: string[]) =>
  diagnose('service', { changes: { timers: `${healthy.timers}${timers.join('')}` } })

describe('a timer of DebVisor', () => {
  it.each([
    [
      'is stopped',
      { state: 'inactive', sub: 'dead', next: 0, fired: -1 },
      'debvisor-collect.timer',
      'does not fire',
    ],
    [
      'has no next time',
      { sub: 'elapsed', next: 0, fired: 90_000 },
      'debvisor-collect.timer',
      'does not fire',
    ],
    ['has lost its job', { load: 'not-found' }, 'debvisor-collect.service', 'is not-found'],
    [
      'starts a job that failed',
      { job: 'failed', result: 'exit-code', status: 3 },
      'debvisor-collect.service',
      'ended 40 s ago with exit-code, status 3',
    ],
    [
      'waits for a job that hangs',
      { sub: 'running', next: 0, job: 'activating', fired: 4000 },
      'debvisor-collect.service',
      'has run for 4000 s',
    ],
  ])('that %s is a cause', (_, given, subject, words) => {
    const report = judged(timer(given))
    expect(causes(report)).toEqual(['debvisor.timer'])
    expect(finding(report, 'debvisor.timer')).toMatchObject({
      subject,
      detail: expect.stringContaining(words),
    })
    expect(finding(report, 'debvisor.timer').evidence[0]?.text).toMatch(/^debvisor-collect\.timer\t/)
  })

  it('is not started again by whoever reads this before they know why it is stopped', () => {
    const [step = ''] = finding(
      judged(timer({ state: 'inactive', sub: 'dead', next: 0 })),
      'debvisor.timer',
    ).resolution
    expect(step).toMatch(
      /^journalctl -u debvisor-collect\.timer says when it was stopped; unless that was on purpose, /,
    )
  })

  it('is stopped with DebVisor, and fails with its database', () => {
    const timers = `${healthy.timers}${timer({ state: 'inactive', sub: 'dead', next: 0 })}`
    const down = diagnose('service', { changes: { ...failed([]), timers } })
    expect(causes(down)).not.toContain('debvisor.timer')
    const disk = 'system 20511312 20511312 0 100 12 rw /\n'
    const full = diagnose('service', {
      changes: { disk, timers: `${healthy.timers}${timer({ job: 'failed', result: 'exit-code' })}` },
    })
    expect(causes(full)).toEqual(['host.disk-full'])
    expect(finding(full, 'debvisor.timer').role).toBe('consequence')
  })

  it('is known by the name of the unit, whichever way a host has that', () => {
    const report = diagnose('service', {
      changes: { timers: timer({ load: 'not-found' }) },
      variables: { unit: 'debvisor.service' },
    })
    expect(causes(report)).toEqual(['debvisor.timer'])
  })

  it('is known by what it runs, whatever it is called', () => {
    const report = judged(
      timer({
        timer: 'rollup.timer',
        service: 'rollup.service',
        command: '/opt/debvisor/bin/rollup',
        job: 'failed',
        result: 'signal',
      }),
    )
    expect(finding(report, 'debvisor.timer').subject).toBe('rollup.service')
  })

  it.each([
    ['is new and has not fired yet', { fired: -1, ended: -1 }],
    ['fires once a year', { fired: 20_000_000, ended: 20_000_000, period: 0 }],
    ['was meant for one time', { sub: 'elapsed', next: 0, once: 1 }],
    ['may not start here', { state: 'inactive', sub: 'dead', allowed: 0, next: 0 }],
    ['runs just now', { sub: 'running', next: 0, job: 'activating', fired: 30 }],
    ['feeds a job that restarts by itself', { job: 'activating', result: 'exit-code' }],
  ])('that %s is none', (_, given) => {
    const report = judged(timer(given))
    expect(report).toMatchObject({ verdict: 'healthy', unknown: [] })
    expect(report.findings.map(({ id }) => id)).not.toContain('host.timers')
  })

  it('is only mentioned where somebody switched it off, or where it makes a backup', () => {
    const off = judged(timer({ state: 'inactive', sub: 'dead', file: 'disabled', next: 0 }))
    expect(off.verdict).toBe('healthy')
    expect(finding(off, 'host.timers').detail).toBe('debvisor-collect.timer (disabled) is switched off')
    const masked = judged(timer({ load: 'masked' }))
    expect(masked.verdict).toBe('healthy')
    expect(finding(masked, 'host.timers').detail).toBe(
      'debvisor-collect.timer (debvisor-collect.service is masked) is switched off',
    )
    const skipped = judged(timer({ skipped: 1 }))
    expect(skipped.verdict).toBe('healthy')
    expect(finding(skipped, 'host.timers').detail).toContain(
      'a condition of debvisor-collect.service does not hold',
    )
    const backup = judged(
      timer({
        timer: 'debvisor-backup.timer',
        service: 'debvisor-backup.service',
        job: 'failed',
        result: 'exit-code',
      }),
    )
    expect(backup.verdict).toBe('healthy')
    expect(finding(backup, 'host.timers').subject).toBe('debvisor-backup.timer')
  })
})

describe('a timer of another program', () => {
  const stopped = { state: 'inactive', sub: 'dead', next: 0, command: '/usr/bin/x' }
  it('is a notice where certificates, logs or backups depend on it', () => {
    const report = judged(timer({ ...stopped, timer: 'certbot.timer', service: 'certbot.service' }))
    expect(report.verdict).toBe('healthy')
    expect(finding(report, 'host.timers')).toMatchObject({ role: 'notice', subject: 'certbot.timer' })
  })

  it('is not told otherwise', () => {
    const report = judged(timer({ ...stopped, timer: 'man-db.timer', service: 'man-db.service' }))
    expect(report.findings.map(({ id }) => id)).not.toContain('host.timers')
  })
})
