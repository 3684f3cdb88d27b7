import { describe, expect, it } from 'vitest'
import { type Change, type Changes, causes, diagnose, finding, missing } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const rpcd = (more: Readonly<Record<string, string>> = {}): string =>
  Object.entries({
    Id: 'debvisor-rpcd.service',
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    UnitFileState: 'enabled',
    Result: 'success',
    TriggeredBy: '',
    ExecMainStatus: '0',
    NRestarts: '0',
    ConditionResult: 'yes',
    Restart: 'on-failure',
    Age: '4000',
    PrivateNetwork: 'no',
    DropInPaths: '',
    ...more,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
const said = (...lines: readonly string[]): string =>
  `now=1795490163 zone=+0000\n${lines.map((line) => `2026-11-24T03:16:00+0000 rpcd[9]: ${line}\n`).join('')}=== end\n`

const judged = (units: string, log = said()) =>
  diagnose('service', {
    variables: { services: 'debvisor-rpcd' },
    changes: { other_units: units, other_said: log },
  })

describe('another unit of the platform', () => {
  it.each([
    ['has failed', { ActiveState: 'failed', SubState: 'failed', Result: 'exit-code', ExecMainStatus: '1' }],
    ['does not stay up', { ActiveState: 'activating', SubState: 'auto-restart', NRestarts: '7' }],
    ['is stopped', { ActiveState: 'inactive', SubState: 'dead', UnitFileState: 'disabled' }],
    ['does not stay up', { NRestarts: '3', Age: '2' }],
  ])('that %s is a cause, with what it said', (words, state) => {
    const report = judged(rpcd(state), said('listening', 'ERROR TLS certificate file not found: /etc/x.crt'))
    expect(causes(report)).toEqual(['debvisor.service-down'])
    expect(finding(report, 'debvisor.service-down')).toMatchObject({
      subject: 'debvisor-rpcd.service',
      title: `debvisor-rpcd.service ${words}`,
      detail: expect.stringContaining(
        'It said: 2026-11-24T03:16:00+0000 rpcd[9]: ERROR TLS certificate file not found: /etc/x.crt',
      ),
    })
  })

  it.each([
    ['runs', {}],
    ['was restarted by hand', { NRestarts: '4' }],
    [
      'rests until a socket or a timer starts it',
      { ActiveState: 'inactive', TriggeredBy: 'debvisor-rpcd.socket' },
    ],
    ['has a condition that is not met', { ActiveState: 'inactive', ConditionResult: 'no' }],
    ['lacks nothing that matters', { Lacks: 'var-lib-rpc.mount is inactive' }],
    ['did its work once', { ActiveState: 'inactive', Restart: 'no' }],
    ['has the clock of a container', { NRestarts: '5', Age: '-300' }],
    ['is not there', { LoadState: 'not-found', ActiveState: 'inactive' }],
  ])('that %s is none', (_, state) => {
    expect(judged(rpcd(state))).toMatchObject({ verdict: 'healthy' })
  })

  const never = {
    ActiveState: 'inactive',
    SubState: 'dead',
    ConditionResult: 'no',
    ConditionTimestampMonotonic: '0',
  }

  const restricted = (
    key: string,
    value: string,
    line: string,
    place = '/etc/systemd/system/service.d/20-baseline.conf:3',
  ) =>
    diagnose('service', {
      variables: { services: 'debvisor-rpcd' },
      changes: {
        other_units: rpcd({ ActiveState: 'activating', SubState: 'auto-restart' }),
        other_said: said(line),
        other_settings: `${key}\t${value}\t${place}\n`,
      },
    })

  it.each([
    [
      'RestrictAddressFamilies',
      'AF_UNIX AF_NETLINK',
      'ERROR rpcd: cannot listen: [Errno 97] Address family not supported by protocol',
    ],
    ['SystemCallFilter', '~@network-io', 'rpcd.service: Main process exited, code=killed, status=31/SYS'],
    ['TasksMax', '5', "RuntimeError: can't start new thread"],
    ['LimitNOFILE', '16', 'ERROR rpcd: accept: [Errno 24] Too many open files'],
  ])('that %s=%s for all services keeps down is the consequence of that', (key, value, line) => {
    const report = restricted(key, value, line)
    expect(causes(report)).toEqual(['debvisor.service-restricted'])
    expect(finding(report, 'debvisor.service-restricted')).toMatchObject({
      subject: '/etc/systemd/system/service.d/20-baseline.conf:3',
      title: `${key} of debvisor-rpcd.service keeps it from what it needs`,
      detail: expect.stringContaining(`sets ${key}=${value}, for all services`),
    })
    expect(finding(report, 'debvisor.service-down')).toMatchObject({ role: 'consequence' })
  })

  it.each([
    ['RestrictAddressFamilies', 'AF_UNIX', 'ERROR rpcd: cannot listen: [Errno 98] Address already in use'],
    [
      'RestrictAddressFamilies',
      'AF_UNIX AF_INET AF_INET6',
      'ERROR [Errno 97] Address family not supported by protocol',
    ],
    ['TasksMax', '28909', "RuntimeError: can't start new thread"],
    ['LimitFSIZE', 'infinity', 'OSError: [Errno 27] File too large'],
  ])('is down by itself beside %s=%s', (key, value, line) => {
    expect(causes(restricted(key, value, line))).toEqual(['debvisor.service-down'])
  })

  it('that was never started, for what it requires has failed, is a cause with that reason', () => {
    const report = judged(rpcd({ ...never, Lacks: 'var-lib-rpc.mount is failed' }))
    expect(causes(report)).toEqual(['debvisor.service-down'])
    expect(finding(report, 'debvisor.service-down')).toMatchObject({
      title: 'debvisor-rpcd.service does not start: var-lib-rpc.mount is failed',
      detail: expect.stringContaining('it requires what is not up: var-lib-rpc.mount is failed'),
      resolution: expect.arrayContaining(['Mend what it requires first: systemctl status var-lib-rpc.mount']),
    })
  })

  it('whose assertion is not met is down with that reason', () => {
    const report = judged(rpcd({ ActiveState: 'inactive', AssertResult: 'no' }))
    expect(finding(report, 'debvisor.service-down').detail).toContain('an assertion of its unit is not met')
  })

  it('that nobody ever started, and that lacks nothing, is none', () => {
    expect(judged(rpcd({ ...never, Lacks: '' }))).toMatchObject({ verdict: 'healthy' })
  })

  it('that a condition skipped is told of, and is none', () => {
    const report = judged(rpcd({ ...never, ConditionTimestampMonotonic: '77284156681', Lacks: '' }))
    expect(report.verdict).toBe('healthy')
    expect(finding(report, 'debvisor.service-skipped')).toMatchObject({
      role: 'notice',
      subject: 'debvisor-rpcd.service',
    })
  })

  const instance = (name: string, state: Readonly<Record<string, string>> = {}) =>
    rpcd({ Id: `debvisor-panel@${name}.service`, ...state })
  const off = { ActiveState: 'inactive', SubState: 'dead' }

  it.each([
    ['DebVisor itself runs', 'debvisor-panel@green', instance('blue', off)],
    ['another runs beside it', 'debvisor', `${instance('blue', off)}\n${instance('green')}`],
  ])('an instance that is off is a notice where %s', (_, unit, units) => {
    const report = diagnose('service', {
      variables: { unit, layout: 'own', services: 'debvisor-panel@blue debvisor-panel@green' },
      changes: { other_units: units, certificates: '' },
    })
    expect(causes(report)).toEqual([])
    expect(finding(report, 'debvisor.instance-off')).toMatchObject({
      role: 'notice',
      subject: 'debvisor-panel@blue.service',
    })
  })

  it.each([
    ['one that failed', instance('blue', { ActiveState: 'failed', Result: 'exit-code' }), 1],
    ['all that are off', `${instance('blue', off)}\n${instance('green', off)}`, 2],
  ])('an instance counts as any unit: %s', (_, units, count) => {
    const report = diagnose('service', {
      variables: { services: 'debvisor-panel@blue debvisor-panel@green' },
      changes: { other_units: units, other_said: said() },
    })
    expect(causes(report)).toEqual(Array(count).fill('debvisor.service-down'))
  })

  it('is one of many, of which all are judged, and those beyond a bound counted', () => {
    const names = Array.from({ length: 12 }, (_, i) => `debvisor-s${i}`)
    const units = names.map((name, i) =>
      rpcd({ Id: `${name}.service`, ...(i === 11 ? { ActiveState: 'failed', Result: 'exit-code' } : {}) }),
    )
    const report = diagnose('service', {
      variables: { services: names.join(' '), moreUnits: 3 },
      changes: { other_units: units.join('\n'), other_said: said() },
    })
    expect(finding(report, 'debvisor.service-down').subject).toBe('debvisor-s11.service')
    expect(finding(report, 'debvisor.units-left-out')).toMatchObject({
      role: 'notice',
      title: '3 units of the platform were not looked at',
    })
  })

  it('is told without its log where that may not be read', () => {
    const closed = { status: 'unanswered', exitCode: 77, stdout: '', reason: 'exit status 77' } as const
    const report = diagnose('service', {
      variables: { services: 'debvisor-rpcd' },
      changes: { other_units: rpcd({ ActiveState: 'failed', SubState: 'failed' }), other_said: closed },
    })
    expect(causes(report)).toEqual(['debvisor.service-down'])
  })
})

describe('a port where DebVisor was refused', () => {
  const refused = (age: number, words: string): Change =>
    `now=1795496537 zone=+0000\n${new Date((1795496537 - age) * 1000).toISOString().slice(0, 19)}Z gunicorn[9]: ERROR panel: ${words}\n`
  const asked = (said: Change, services = 'debvisor-rpcd', more: Readonly<Record<string, string>> = {}) =>
    diagnose('service', {
      variables: { services },
      changes: {
        other_units: rpcd(more),
        said,
        listeners: `${healthy.listeners}tcp LISTEN 0 5 127.0.0.1:9443 0.0.0.0:* ino:9 sk:9 cgroup:/system.slice/debvisor-rpcd.service <->\n`,
      },
    })

  it('and nobody listens is a cause, with where the other units listen', () => {
    const report = asked(refused(60, 'UNAVAILABLE: 127.0.0.1:7443: [Errno 111] Connection refused'))
    expect(finding(report, 'debvisor.service-elsewhere')).toMatchObject({
      subject: 'port 7443',
      role: 'cause',
      detail: expect.stringContaining('debvisor-rpcd.service listens on 127.0.0.1:9443'),
    })
  })

  it.each([
    ['that has just been restarted and has none yet', { NRestarts: '1', Age: '2' }, 'debvisor.service-down'],
    ['that started once', { NRestarts: '0', Age: '2' }, 'debvisor.service-elsewhere'],
    ['that restarted long ago', { NRestarts: '1', Age: '400' }, 'debvisor.service-elsewhere'],
  ])('belongs to a unit %s', (_, state, cause) => {
    const report = diagnose('service', {
      variables: { services: 'debvisor-rpcd' },
      changes: {
        other_units: rpcd(state),
        other_said: said('ERROR rpcd: cannot listen: [Errno 99] Cannot assign requested address'),
        other_settings: '',
        said: refused(60, 'UNAVAILABLE: 127.0.0.1:7443: [Errno 111] Connection refused'),
      },
    })
    expect(causes(report)).toEqual([cause])
  })

  it.each([
    [
      'somebody listens again',
      refused(60, '127.0.0.1:9443: [Errno 111] Connection refused'),
      'debvisor-rpcd',
    ],
    ['that is an hour ago', refused(3000, '127.0.0.1:7443: Connection refused'), 'debvisor-rpcd'],
    ['it is on another host', refused(60, '10.0.0.7:7443: Connection refused'), 'debvisor-rpcd'],
    ['there are no other units', refused(60, '127.0.0.1:7443: Connection refused'), ''],
  ])('is none where %s', (_, said, services) => {
    expect(causes(asked(said, services))).not.toContain('debvisor.service-elsewhere')
  })
})

describe('several units that may be DebVisor', () => {
  it('are named, and none is guessed', () => {
    const report = diagnose('service', {
      variables: { choice: 'debvisor-a debvisor-b' },
      changes: { unit: 'Id=debvisor.service\nLoadState=not-found\nActiveState=inactive\n' },
    })
    expect(causes(report)).toContain('debvisor.several')
    expect(causes(report)).not.toContain('debvisor.not-installed')
    expect(finding(report, 'debvisor.several').resolution).toEqual([
      'Name one of them in the inventory, for instance: unit: debvisor-a',
    ])
  })
})

describe('another unit whose port a socket unit holds', () => {
  const failed = { ActiveState: 'failed', SubState: 'failed', Result: 'exit-code', ExecMainStatus: '1' }
  const taken = said('ERROR rpcd: cannot listen: [Errno 98] Address already in use')

  it('is down for that', () => {
    const report = judged(rpcd({ ...failed, TriggeredBy: 'debvisor-rpcd.socket' }), taken)
    expect(causes(report)).toEqual(['debvisor.service-socket'])
    expect(finding(report, 'debvisor.service-socket').subject).toBe('debvisor-rpcd.socket')
  })

  it('and for something else where no socket unit starts it, or it says something else', () => {
    expect(causes(judged(rpcd(failed), taken))).toEqual(['debvisor.service-down'])
    const other = said('ERROR rpcd: config.json: Invalid JSON')
    expect(causes(judged(rpcd({ ...failed, TriggeredBy: 'debvisor-rpcd.socket' }), other))).toEqual([
      'debvisor.service-down',
    ])
  })
})

describe('another unit that runs and does not serve', () => {
  const diagnosed = (more: Changes, units = rpcd()) =>
    diagnose('performance', {
      variables: { services: 'debvisor-rpcd' },
      changes: { other_units: units, ...more },
    })
  const listening = `${healthy.listeners}tcp LISTEN 0 5 127.0.0.1:7443 0.0.0.0:* uid:999 ino:1 sk:1 cgroup:/system.slice/debvisor-rpcd.service <->\n`
  const at = (age: number, text: string): string =>
    `${new Date((1795490163 - age) * 1000).toISOString().slice(0, 19)}+0000 rpcd[9]: ${text}\n`
  const refusing = (...ages: readonly number[]) => ({
    listeners: listening,
    others_said: `now=1795490163 zone=+0000\n${ages.map((age) => at(age, 'WARNING rpcd: rate limit exceeded for 127.0.0.1')).join('')}=== end\n`,
  })

  it('is halted where a signal has stopped its processes', () => {
    const report = diagnosed({}, rpcd({ Halted: '1' }))
    expect(causes(report)).toEqual(['debvisor.service-halted'])
    expect(finding(report, 'debvisor.service-halted').subject).toBe('debvisor-rpcd.service')
    expect(diagnosed({}, rpcd({ Halted: '0' })).verdict).toBe('healthy')
    expect(diagnosed({}, rpcd({ Halted: '1', ActiveState: 'inactive', Restart: 'no' })).verdict).toBe(
      'healthy',
    )
  })

  it('refuses calls over its limit, which somebody else uses up', () => {
    const report = diagnosed({
      ...refusing(40, 30, 20, 10, 5),
      other_clients:
        'client\tcapacity-report.service\t19\t-\nclient\tdebvisor.service\t2\t-\nlimit\tcalls_per_minute\t120\t/etc/debvisor/rpc/config.json:9\n=== end\n',
    })
    expect(causes(report)).toEqual(['debvisor.service-limit'])
    expect(finding(report, 'debvisor.service-limit')).toMatchObject({
      title: 'debvisor-rpcd.service refuses calls over its limit, which capacity-report.service uses up',
      subject: 'capacity-report.service',
      detail: expect.stringContaining('calls_per_minute is 120 (/etc/debvisor/rpc/config.json:9)'),
    })
  })

  it('is told without who calls it where that is not known', () => {
    const report = diagnosed({ ...refusing(40, 30, 20, 10, 5), other_clients: missing })
    expect(finding(report, 'debvisor.service-limit').subject).toBe('debvisor-rpcd.service')
  })

  it('may refuse some, or have done so before', () => {
    expect(diagnosed(refusing(40, 20, 5)).verdict).toBe('healthy')
    expect(diagnosed(refusing(170, 160, 150, 140, 130)).verdict).toBe('healthy')
    const telling = refusing(40, 30, 20, 10, 5)
    const within = telling.others_said.replaceAll(
      'rate limit exceeded for 127.0.0.1',
      'call of nodes.list rate_limit_remaining=88',
    )
    expect(diagnosed({ ...telling, others_said: within }).verdict).toBe('healthy')
  })
})

describe('an empty file among the data of the platform', () => {
  const failing = (status: string): string =>
    `now=1795496538 zone=+0000\n2026-11-24T05:01:49+0000 gunicorn[7]: {"level": "ERROR", "message": "RPC call nodes.list failed: ${status}: no such method"}\n`
  const diagnosed = (status: string, files: Change) =>
    diagnose('service', {
      variables: { services: 'debvisor-rpcd' },
      changes: { other_units: rpcd(), said: failing(status), empty_files: files },
    })
  const empty = '1795496500.1234 debvisor-rpc /var/lib/debvisor/rpc/nodes.json\n'

  it('is a cause where another service answers with an error', () => {
    const report = diagnosed('INTERNAL', empty)
    expect(causes(report)).toEqual(['debvisor.data-file-empty'])
    expect(finding(report, 'debvisor.data-file-empty')).toMatchObject({
      title: '/var/lib/debvisor/rpc/nodes.json is empty',
      confidence: 'likely',
    })
  })

  it('is none where there is no such file, or the service is not reached at all', () => {
    expect(diagnosed('INTERNAL', '').verdict).toBe('healthy')
    // What somebody asked for is not there, or was asked for in a wrong way.
    for (const status of ['NOT_FOUND', 'INVALID_ARGUMENT'])
      expect(diagnosed(status, empty).verdict).toBe('healthy')
    expect(causes(diagnosed('UNAVAILABLE', empty))).not.toContain('debvisor.data-file-empty')
  })
})
