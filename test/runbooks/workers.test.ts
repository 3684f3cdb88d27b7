import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const now = 1_795_496_538
/** A line of gunicorn's log, so many seconds ago. */
const line = (age: number, text: string): string => {
  const at = new Date((now - age) * 1000).toISOString()
  return `[${at.slice(0, 10)} ${at.slice(11, 19)} +0000] [198] [INFO] ${text}\n`
}
const said = (...lines: readonly string[]): Changes => ({ said: `now=${now} zone=+0000\n${lines.join('')}` })
const started = line(280, 'Starting gunicorn 23.0.0')
const recycled = (...ages: readonly number[]): string[] =>
  ages.flatMap((age) => [
    line(age, 'Autorestarting worker after current request.'),
    line(age, `Worker exiting (pid: ${age})`),
    line(age, `Booting worker with pid: ${age - 1}`),
  ])
const reloaded = (...ages: readonly number[]): string[] =>
  ages.flatMap((age) => [
    line(age, 'Handling signal: hup'),
    line(age, 'Hang up: Master'),
    line(age, `Worker exiting (pid: ${age})`),
  ])
const request = (kind: string, status: number, last: number, socketio = 0): string =>
  `GET\t/api/v1/hosts\t/var/log/nginx/access.log\tno\t${kind}\t${status}\tnginx\t2\t${last + 9}\t${last}\t9\t0\t0\t1\t0\t${socketio}\t/api/v1/hosts\t200 200 200\t200\n`
const judged = (changes: Changes) => diagnose('websocket', { changes })
const found = (changes: Changes): string[] => {
  const report = judged(changes)
  return report.verdict === 'healthy' ? ['healthy'] : causes(report)
}

describe('workers that end after so many requests', () => {
  it('are a cause where they end again and again', () => {
    const report = judged({
      ...said(started, ...recycled(22, 15, 8)),
      env_names: 'SECRET_KEY\t1\t/opt/debvisor/.env:1\nGUNICORN_CMD_ARGS\t1\t/opt/debvisor/.env:7\n',
    })
    expect(causes(report)).toEqual(['debvisor.workers-recycled'])
    expect(finding(report, 'debvisor.workers-recycled')).toMatchObject({
      title: "DebVisor's workers end after so many requests, every 7 seconds",
      subject: 'max_requests: GUNICORN_CMD_ARGS in /opt/debvisor/.env:7',
    })
  })

  it('are one after two ends where users were cut off', () => {
    const twice = said(started, ...recycled(41, 20))
    expect(found({ ...twice, requests: request('5xx', 502, 22) })).toEqual(['debvisor.workers-recycled'])
    expect(found({ ...twice, requests: request('4xx', 400, 22, 2) })).toEqual(['debvisor.workers-recycled'])
    expect(found(twice)).toEqual(['healthy'])
  })

  it.each<[string, string[]]>([
    ['seldom', recycled(290, 20)],
    ['as those of a busy host do', recycled(62, 41, 20)],
    ['at their own slow pace', recycled(295, 200, 100)],
    ['all at once', recycled(22, 21, 20)],
    ['before a start that mended it', [...recycled(270, 250, 230), line(200, 'Starting gunicorn 23.0.0')]],
    ['and no more', recycled(290, 280, 270)],
  ])('are nothing where they end %s', (_, lines) => {
    expect(found(said(line(299, 'Starting gunicorn 23.0.0'), ...lines))).toEqual(['healthy'])
  })
})

describe('workers that something reloads', () => {
  const timer = (period: number) =>
    `panel-reload.timer\tactive\twaiting\tenabled\t1\t1\t3\t${period}\t0\tpanel-reload.service\tloaded\tinactive\tsuccess\t0\t3\t0\t/usr/bin/systemctl kill -s HUP debvisor\n`

  it('are a cause, with the timer of that pace', () => {
    const report = judged({
      ...said(started, ...reloaded(33, 18, 3)),
      timers: `${healthy.timers}${timer(15)}`,
    })
    expect(causes(report)).toEqual(['debvisor.workers-reloaded'])
    expect(finding(report, 'debvisor.workers-reloaded')).toMatchObject({
      title: 'panel-reload.timer reloads DebVisor every 15 seconds',
      subject: 'panel-reload.timer',
      detail: expect.stringContaining('systemctl kill -s HUP debvisor'),
    })
  })

  it('are one by whatever else does it', () => {
    const report = judged({
      ...said(started, ...reloaded(33, 18, 3)),
      timers: `${healthy.timers}${timer(3600)}`,
    })
    expect(finding(report, 'debvisor.workers-reloaded')?.subject).toBe('debvisor: SIGHUP')
  })

  it('are nothing after a deployment that reloads twice, or long ago', () => {
    expect(found(said(started, ...reloaded(60, 20)))).toEqual(['healthy'])
    expect(found(said(started, ...reloaded(270, 255, 240)))).toEqual(['healthy'])
  })
})

it('workers that end for reasons of their own are a symptom', () => {
  const ended = [62, 41, 20].flatMap((age) => [
    line(age, `Worker exiting (pid: ${age})`),
    line(age, `Booting worker with pid: ${age - 1}`),
  ])
  const report = judged(said(started, ...ended))
  expect(causes(report)).toEqual(['debvisor.workers-short-lived'])
  expect(finding(report, 'debvisor.workers-short-lived')).toMatchObject({ symptom: true })
})

describe('a secret that is not set', () => {
  const unit = altered('unit', [
    'ExecStart={ path=/usr/bin/gunicorn ; argv[]=/usr/bin/gunicorn --workers 4 app:app ; }',
  ])
  const alone = altered('unit', [
    'ExecStart={ path=/usr/bin/gunicorn ; argv[]=/usr/bin/gunicorn --workers 1 app:app ; }',
  ])
  const unset = line(20, 'JWT_SECRET not set: tokens are valid in this worker process only')
  const refused = line(9, 'connection attempt with invalid token')

  it('is one of its own in each of several workers, which do not take what the others sign', () => {
    const report = judged({ unit, ...said(unset, refused) })
    expect(causes(report)).toEqual(['debvisor.secret-unset'])
    expect(finding(report, 'debvisor.secret-unset')).toMatchObject({
      title: 'JWT_SECRET is not set, so that each worker has one of its own',
      subject: 'JWT_SECRET of debvisor',
    })
  })

  it('is good enough for one worker, and for several that refuse nobody', () => {
    expect(found({ unit: alone, ...said(unset, refused) })).toEqual(['healthy'])
    expect(found({ unit, ...said(unset) })).toEqual(['healthy'])
    expect(found({ unit, ...said(refused) })).toEqual(['healthy'])
  })
})

describe('threads of a program that gunicorn loads before it makes its workers', () => {
  const argv = '/usr/bin/python3 /usr/bin/gunicorn --workers 1 --threads 64 --bind 0.0.0.0:8080 app:app'
  const process = (pid: number, threads: number, args = argv): string =>
    `    ${pid} Ssl  debvisor    28488    ${threads}   300 debvisor.service   ${args}\n`
  const gunicorn = altered('unit', [
    'ExecStart={ path=/usr/bin/gunicorn ; argv[]=/usr/bin/gunicorn --workers 1 --threads 64 --bind 0.0.0.0:8080 app:app ; }',
  ])
  const id = 'socketio.preloaded'

  it('are told where its master has them, with the setting', () => {
    const report = judged({
      unit: gunicorn,
      processes: process(725, 2) + process(829, 6),
      env_names: 'SECRET_KEY\t1\t/etc/default/debvisor:2\nGUNICORN_CMD_ARGS\t1\t/etc/default/debvisor:4\n',
    })
    expect(causes(report)).toEqual([id])
    expect(finding(report, id)).toMatchObject({
      subject: 'preload_app: perhaps GUNICORN_CMD_ARGS in /etc/default/debvisor:4',
      detail: expect.stringContaining('Process 725'),
      confidence: 'likely',
    })
  })

  it('names no file where the environment cannot be seen', () => {
    const report = judged({
      unit: gunicorn,
      processes: process(725, 2) + process(829, 6),
      env_names: { status: 'unanswered', exitCode: 77, stdout: '', reason: 'may not read it' },
    })
    expect(finding(report, id).subject).toBe('preload_app: GUNICORN_CMD_ARGS or gunicorn.conf.py')
  })

  it.each([
    ['its workers alone have threads', { unit: gunicorn, processes: process(725, 1) + process(829, 6) }],
    ['it serves by itself, without workers', { unit: gunicorn, processes: process(725, 6) }],
    ['it is another server', { processes: process(725, 6) + process(829, 6) }],
    [
      'the master serves figures of its own, for Prometheus',
      {
        unit: gunicorn,
        processes: process(725, 2) + process(829, 6),
        listeners: `${healthy.listeners}tcp LISTEN 0 5 127.0.0.1:9100 0.0.0.0:* uid:999 ino:1 sk:1 cgroup:/system.slice/debvisor.service <->\n`,
      },
    ],
  ])('are none where %s', (_, changes) => {
    expect(found(changes)).not.toContain(id)
  })
})
