import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const at = (age: number, event: string): string =>
  `${new Date((1795496545 - age) * 1000).toISOString().slice(0, 19)}+0000 ${event}\n`

/** Each so many seconds until one second ago, as systemd notes it of a unit. */
const every = (seconds: number, times: number, event: string): string =>
  Array.from({ length: times }, (_, n) => 1 + seconds * (times - 1 - n))
    .map((age) => at(age, event))
    .join('')
const nginxSaid = (seconds: number, times: number, event: string): string =>
  `now=1795496545 zone=+0000\n${every(seconds, times, event)}`

const reloaded = 'systemd[1]: Reloaded nginx.service - A high performance web server.'
const started = 'systemd[1]: Started nginx.service - A high performance web server.'
const signalled = '[notice] 77#77: signal process started'
const cutting = (healthy.nginx_config ?? '').replace(
  'user www-data;',
  'user www-data;\nworker_shutdown_timeout 3s;',
)
const timer = (name: string, period: number, fired: number, command: string): string =>
  `${name}.timer\tactive\twaiting\tenabled\t1\t1\t${fired}\t${period}\t0\t${name}.service\tloaded\tinactive\tsuccess\t0\t${fired}\t0\t${command}\n`

const of = (changes: Changes) => diagnose('websocket', { changes })

describe('sessions are cut', () => {
  it('by a timer that reloads nginx, whose old workers may not stay', () => {
    const report = of({
      nginx_said: nginxSaid(10, 6, reloaded),
      nginx_config: cutting,
      timers:
        timer('logrotate', 0, 3000, '/usr/sbin/logrotate /etc/logrotate.conf') +
        timer('certificate-refresh', 10, 1, '/usr/bin/systemctl reload nginx'),
    })
    expect(causes(report)).toEqual(['websocket.restarts'])
    const { subject, detail, confidence } = finding(report, 'websocket.restarts')
    expect(subject).toBe('certificate-refresh.timer')
    expect(detail).toContain(
      'reloaded the last 4 times every 10 s or so, the last time 1 s ago. worker_shutdown_timeout 3s',
    )
    expect(confidence).toBe('likely')
  })

  it.each([
    ['twice so far', nginxSaid(10, 2, reloaded)],
    ['after a reload by hand', `now=1795496545 zone=+0000\n${at(70, reloaded)}${every(10, 4, reloaded)}`],
  ])('by a timer whose pace is known and which reloaded nginx %s', (_, said) => {
    const timers = timer('certificate-refresh', 10, 1, '/usr/bin/systemctl reload nginx')
    const report = of({ nginx_said: said, nginx_config: cutting, timers })
    expect(finding(report, 'websocket.restarts').subject).toBe('certificate-refresh.timer')
  })

  it('by whoever asks nginx itself to reload, though no timer is found', () => {
    const report = of({ nginx_said: nginxSaid(60, 5, signalled), nginx_config: cutting, timers: '' })
    expect(causes(report)).toEqual(['websocket.restarts'])
    expect(finding(report, 'websocket.restarts').subject).toBe('/etc/nginx/nginx.conf:2')
  })

  it('by restarts of nginx, whatever its configuration says', () => {
    const report = of({ nginx_said: nginxSaid(120, 5, started), timers: '' })
    expect(finding(report, 'websocket.restarts').subject).toBe('nginx')
  })

  it('by restarts of DebVisor that somebody asks for', () => {
    const said = `now=1795496545 zone=+0000 written=1795485100\n${every(60, 5, 'systemd[1]: Started debvisor.service - DebVisor platform.')}`
    const timers = timer('nightly', 60, 1, '/usr/bin/systemctl restart debvisor')
    const report = of({ said, timers })
    expect(finding(report, 'websocket.restarts')).toMatchObject({
      title: 'DebVisor is restarted again and again, which cuts the sessions of dashboards',
      subject: 'nightly.timer',
    })
  })
})

describe('no session is cut', () => {
  it.each<[string, Changes]>([
    ['where old workers may stay as long as they have sessions', { nginx_said: nginxSaid(10, 6, reloaded) }],
    [
      'by three reloads of somebody at work',
      { nginx_said: nginxSaid(20, 3, reloaded), nginx_config: cutting },
    ],
    [
      'by two reloads of somebody at work, though a timer reloads nginx at another pace',
      {
        nginx_said: nginxSaid(20, 2, reloaded),
        nginx_config: cutting,
        timers: timer('certbot', 43200, 9000, '/usr/bin/certbot renew --deploy-hook reload'),
      },
    ],
    [
      'by somebody who restarts it now and then while they look for something',
      {
        nginx_said: `now=1795496545 zone=+0000\n${[200, 190, 90, 20].map((age) => at(age, started)).join('')}`,
      },
    ],
    [
      'by reloads that have ended',
      {
        nginx_said: nginxSaid(10, 6, reloaded).replace('now=1795496545', 'now=1795496645'),
        nginx_config: cutting,
      },
    ],
  ])('%s', (_, changes) => {
    expect(of(changes).verdict).toBe('healthy')
  })
})
