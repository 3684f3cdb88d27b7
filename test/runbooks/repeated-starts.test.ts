import { describe, expect, it } from 'vitest'
import { causes, diagnose, finding } from './diagnosis.ts'

/** A start and the stop before it, as systemd notes them, so many seconds ago. */
const saidAt = (...ages: readonly number[]): string =>
  `now=1795496538 zone=+0000 written=1795485100\n${ages
    .map((age) => new Date((1795496538 - age) * 1000).toISOString().slice(0, 19))
    .map(
      (at) =>
        `${at}+0000 systemd[1]: Stopping debvisor.service - DebVisor platform...\n${at}+0000 systemd[1]: Started debvisor.service - DebVisor platform.\n`,
    )
    .join('')}`
const job =
  'job\tdebvisor-refresh.service\t3\tdebvisor-refresh.path\t/etc/systemd/system/debvisor-refresh.path\tPathChanged=/var/lib/debvisor/snapshot.json\t/usr/bin/systemctl try-restart debvisor.service\n'
const of = (said: string, restarters: string) => diagnose('service', { changes: { said, restarters } })

describe('DebVisor is restarted again and again', () => {
  it('by a path unit that waits for a file which DebVisor writes itself', () => {
    const report = of(saidAt(40, 16, 9, 4), job)
    expect(report.verdict).toBe('problem')
    expect(causes(report)).toEqual(['debvisor.restarted-by'])
    const { title, subject, detail, resolution } = finding(report, 'debvisor.restarted-by')
    expect(title).toBe('debvisor-refresh.path restarts DebVisor again and again')
    expect(subject).toBe('debvisor-refresh.path')
    expect(detail).toContain('PathChanged=/var/lib/debvisor/snapshot.json, which DebVisor writes itself')
    expect(resolution[0]).toBe('Stop it for now: systemctl stop debvisor-refresh.path')
  })

  it('by a line of a crontab', () => {
    const report = of(
      saidAt(125, 65, 5),
      'cron\tsystemctl restart debvisor\t3\t-\t-\t-\tsystemctl restart debvisor\n',
    )
    expect(finding(report, 'debvisor.restarted-by').subject).toBe('systemctl restart debvisor')
  })

  it('at an even pace by nobody that can be seen, which is never green', () => {
    const report = of(
      saidAt(32, 22, 12, 2),
      'named\t/usr/local/bin/watch.sh:3\t0\t-\t/usr/local/bin/watch.sh\t-\tsystemctl restart debvisor\n',
    )
    expect(causes(report)).toEqual(['debvisor.restarted-again'])
    expect(finding(report, 'debvisor.restarted-again').detail).toContain('/usr/local/bin/watch.sh:3')
  })
})

describe('DebVisor is not restarted again and again', () => {
  it.each([
    ['by somebody at a terminal', saidAt(32, 22, 12, 2), 'login\tanna pts/0\t0\t-\t-\t-\t-\n'],
    [
      'by somebody who asks sudo',
      saidAt(32, 22, 12, 2),
      'person\tanna\t1\t-\t-\t-\t/usr/bin/systemctl restart debvisor\n',
    ],
    ['by a deployment that starts it now and then', saidAt(50, 38, 36, 8), ''],
    ['where that has ended', saidAt(240, 230, 220, 210), job],
    ['by a job that came before one stop only', saidAt(40, 16, 9, 4), job.replace('\t3\t', '\t1\t')],
  ])('%s', (_, said, restarters) => {
    expect(of(said, restarters).verdict).toBe('healthy')
  })
})
