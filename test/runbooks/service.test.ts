import { describe, expect, it } from 'vitest'
import {
  altered,
  type Change,
  type Changes,
  causes,
  denied,
  diagnose,
  failed,
  finding,
  missing,
} from './diagnosis.ts'

const giveUp = '01+0000 systemd[1]: debvisor.service: Start request repeated too quickly.'

describe('service', () => {
  it('names the line of a broken configuration', () => {
    const report = diagnose('service', {
      changes: {
        ...failed(
          [],
          ['00+0000 python3[99]: yaml.scanner.ScannerError: mapping values are not allowed here', giveUp],
        ),
        config_check: {
          exitCode: 1,
          stderr:
            'invalid: mapping values are not allowed here\n  in "/etc/debvisor/config.yaml", line 7, column 3\n',
          stdout: '',
        },
      },
    })
    expect(causes(report)).toEqual(['debvisor.config-invalid'])
    expect(report.summary).toBe('DebVisor does not start because /etc/debvisor/config.yaml is invalid')
    expect(finding(report, 'debvisor.config-invalid').detail).toContain('line 7')
    expect(finding(report, 'debvisor.failed').explainedBy).toEqual(['debvisor.config-invalid'])
  })

  it('does not take a configuration that the login may not read for a broken one', () => {
    const report = diagnose('service', {
      changes: {
        ...failed([], ['00+0000 python3[99]: RuntimeError: licence expired']),
        config_check: {
          exitCode: 1,
          stderr: "PermissionError: [Errno 13] Permission denied: 'config.yaml'",
          stdout: '',
        },
        config_check_root: 'configuration is valid\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.failed'])
    expect(finding(report, 'debvisor.failed').detail).toContain('licence expired')
  })

  it.each([
    [
      'with root',
      'users:(("python3",pid=2794,fd=3)) ',
      'python3 (pid 2794) of /system.slice/squatter.service',
    ],
    ['without any right', '', 'a process of /system.slice/squatter.service'],
  ])('names who holds the port, %s', (_case, users, holder) => {
    const report = diagnose('service', {
      changes: {
        ...failed([], ['00+0000 python3[99]: OSError: [Errno 98] Address already in use']),
        listeners: `tcp LISTEN 0 5 127.0.0.1:8080 0.0.0.0:* ${users}uid:33 ino:1 sk:2 cgroup:/system.slice/squatter.service <->\n`,
        http: '/api/health\t404\t0\ttext/html not found\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.port-conflict'])
    expect(finding(report, 'debvisor.port-conflict')).toMatchObject({ subject: 'port 8080' })
    expect(finding(report, 'debvisor.port-conflict').detail).toContain(holder)
  })

  describe('behind a folder that is closed to the login', () => {
    const behind = (closed_folders: Change) =>
      diagnose('service', {
        changes: {
          ...failed([], ['00+0000 python3[99]: RuntimeError: no configuration']),
          ownership:
            'data\tdebvisor\tdebvisor\t755\t/var/lib/debvisor\nconfig\t-\t-\tclosed\t/etc/debvisor/config.yaml\n',
          closed_folders,
        },
      })

    it('a missing file is not ruled out', () => {
      const { unknown } = behind({ status: 'refused', exitCode: 1, stdout: '' })
      expect(unknown).toContainEqual(
        expect.objectContaining({
          probe: 'closed_folders',
          remedy: expect.stringContaining('/etc/debvisor/config.yaml'),
        }),
      )
    })

    it('is told missing or there by root', () => {
      const report = behind({ status: 'answered', exitCode: 2, stdout: '/opt/debvisor\n/var/lib/debvisor\n' })
      expect(causes(report)).toEqual(['debvisor.folder-missing'])
      expect(finding(report, 'debvisor.folder-missing').subject).toBe('/etc/debvisor/config.yaml')
      expect(causes(behind('/opt/debvisor\n/var/lib/debvisor\n/etc/debvisor/config.yaml\n'))).toEqual([
        'debvisor.failed',
      ])
    })
  })

  it('names the folder that belongs to another user', () => {
    const report = diagnose('service', {
      changes: {
        ...failed(
          [],
          ["00+0000 python3[99]: PermissionError: [Errno 13] Permission denied: '/var/lib/debvisor/state'"],
        ),
        ownership: 'home\tdebvisor\tdebvisor\t755\t/opt/debvisor\ndata\troot\troot\t755\t/var/lib/debvisor\n',
        own_account: 'user=debvisor\ngroup=debvisor\n',
        foreign_files: '',
        kept_files: '',
        changing_files: 'df',
        data_tree: 'real\t/var/lib/debvisor\npath\t/var/lib/debvisor\npath\t/var/lib/debvisor/state\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.wrong-owner'])
    expect(finding(report, 'debvisor.wrong-owner')).toMatchObject({
      subject: '/var/lib/debvisor',
      fix: 'own-debvisor-folders',
      touches: {
        paths: {
          count: 2,
          first: ['/var/lib/debvisor', '/var/lib/debvisor/state'],
          from: 'root:root',
          to: 'debvisor:debvisor',
        },
      },
    })
    expect(finding(report, 'debvisor.permission-denied').role).toBe('consequence')
  })

  describe('gives folders back to the account of the unit alone', () => {
    const astray = (user: string, more: Changes): Changes => ({
      ...failed(
        [`User=${user}`, `Group=${user}`],
        ["00+0000 python3[99]: PermissionError: [Errno 13] Permission denied: '/var/lib/debvisor/state'"],
      ),
      ownership: `home\t${user}\t${user}\t755\t/opt/debvisor\ndata\troot\troot\t755\t/var/lib/debvisor\n`,
      own_account: `user=${user}\ngroup=${user}\n`,
      foreign_files: '',
      kept_files: '',
      changing_files: 'ddfl',
      data_tree: 'real\t/var/lib/debvisor\npath\t/var/lib/debvisor\n',
      ...more,
    })
    const mend = (user: string, more: Changes, variables: Readonly<Record<string, unknown>> = {}) => {
      const { findings } = diagnose('service', { changes: astray(user, more), variables })
      expect(findings[0]?.id).toBe('debvisor.wrong-owner')
      return { fix: findings[0]?.fix, said: findings[0]?.resolution.at(-1) }
    }

    it('is offered where nothing below is of a third account', () => {
      expect(mend('debvisor', {})).toEqual({
        fix: 'own-debvisor-folders',
        said: 'chown -R --from=root:root debvisor: /var/lib/debvisor, then start DebVisor',
      })
      expect(mend('app', {}, { user: 'app' }).fix).toBe('own-debvisor-folders')
      const web = { own_account: 'user=app\ngroup=web\n' }
      expect(mend('app', web, { user: 'app', group: 'web' }).fix).toBe('own-debvisor-folders')
    })

    it.each<[string, string, Changes]>([
      ['a file of a third account', 'debvisor', { foreign_files: 'account deploy /var/lib/debvisor/a b' }],
      ['a secret of root', 'debvisor', { kept_files: '600 root /var/lib/debvisor/token' }],
      ['secrets that may not be looked for', 'debvisor', { kept_files: { status: 'refused', stdout: '' } }],
      ['more paths than can be counted', 'debvisor', { changing_files: { status: 'cut', stdout: 'ffff' } }],
      ['nothing that would change', 'debvisor', { changing_files: '' }],
      [
        'something mounted below',
        'debvisor',
        { data_tree: 'real\t/var/lib/debvisor\nmount\t/var/lib/debvisor/share\n' },
      ],
      ['a folder that is a link', 'debvisor', { data_tree: 'real\t/srv/debvisor\n' }],
      ['a tree that nobody can say anything of', 'debvisor', { data_tree: denied }],
      [
        'a folder that root and its group did not take',
        'debvisor',
        { ownership: 'data\troot\tadm\t750\t/var/lib/debvisor\n' },
      ],
      [
        'the folder of the program, which is its code',
        'debvisor',
        { ownership: 'home\troot\troot\t755\t/opt/debvisor\n' },
      ],
      ['files that may not be looked at', 'debvisor', { foreign_files: { status: 'refused', stdout: '' } }],
      [
        'more files than can be looked at',
        'debvisor',
        { foreign_files: { status: 'timed-out', stdout: '' } },
      ],
      ['a unit that runs as another user than we think', 'app', {}],
      [
        'a unit that runs as another group than we think',
        'debvisor',
        { own_account: 'user=debvisor\ngroup=web\n' },
      ],
      [
        'an account that does not resolve',
        'debvisor',
        { own_account: { exitCode: 1, status: 'unanswered', stdout: '' } },
      ],
    ])('is withheld for %s', (_, user, more) => {
      expect(mend(user, more).fix).toBeUndefined()
    })

    it('says which file is in the way', () => {
      const said = mend('debvisor', { foreign_files: 'account deploy /var/lib/debvisor/a b' }).said
      expect(said).toContain('Not all of it: /var/lib/debvisor/a b belongs to deploy')
    })

    it('is withheld where another service of the platform is there, whose files root may have taken too', () => {
      expect(mend('debvisor', {}, { services: 'debvisor-rpc' }).fix).toBeUndefined()
    })

    it('names the units that stop and start with it, and those that it may not run beside', () => {
      const bound = [
        'ConsistsOf=debvisor-worker.service debvisor.target',
        'BoundBy=debvisor-worker.service debvisor-rpc.service',
        'RequiredBy=multi-user.target',
        'Conflicts=shutdown.target debvisor-old.service',
        // A restore that runs declares it, and DebVisor's own unit says nothing of it.
        'ConflictedBy=debvisor-restore.service',
      ]
      const report = diagnose('service', {
        changes: {
          unit: altered('unit', [
            ...bound,
            'ActiveState=inactive',
            'SubState=dead',
            'Result=success',
            'MainPID=0',
          ]),
          http: '/api/health\t0\t0\tconnect: Connection refused\n',
          processes: '',
        },
      })
      expect(finding(report, 'debvisor.stopped')).toMatchObject({
        fix: 'restart-debvisor',
        touches: {
          others: [
            'debvisor-worker.service, which is stopped and started with it',
            'debvisor-rpc.service, which is stopped and started with it',
            'debvisor-old.service, which may not run beside it and is stopped',
            'debvisor-restore.service, which may not run beside it and is stopped',
          ],
        },
      })
    })
  })

  it('leaves another owner alone where all works', () => {
    const ownership =
      'home\troot\troot\t755\t/opt/debvisor\ndata\tdebvisor\tdebvisor\t755\t/var/lib/debvisor\n'
    expect(diagnose('service', { changes: { ownership } }).verdict).toBe('healthy')
  })

  it('finds the environment file missing without the journal', () => {
    const report = diagnose('service', {
      changes: {
        ...failed(['Result=resources', 'ExecMainStatus=0'], []),
        journal: denied,
        env_there: 'file=/opt/debvisor/.env\nstate=missing\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.env-missing'])
    expect(finding(report, 'debvisor.env-missing').subject).toBe('/opt/debvisor/.env')
  })

  it.each([
    ['masked', ['LoadState=masked', 'ActiveState=inactive', 'SubState=dead'], 'debvisor.masked'],
    ['absent', ['LoadState=not-found', 'ActiveState=inactive', 'SubState=dead'], 'debvisor.not-installed'],
    ['stopped', ['ActiveState=inactive', 'SubState=dead', 'Result=success'], 'debvisor.stopped'],
    ['without its user', ['ExecMainStatus=217'], 'debvisor.user-missing'],
    ['without its folder', ['ExecMainStatus=200', 'WorkingDirectory=/opt/gone'], 'debvisor.working-folder'],
    ['in a broken sandbox', ['ExecMainStatus=226'], 'debvisor.setup-failed'],
    ['never ready', ['Result=timeout', 'Type=notify', 'ExecMainStatus=15'], 'debvisor.start-timeout'],
    ['killed by hand', ['Result=signal', 'ExecMainCode=2', 'ExecMainStatus=9'], 'debvisor.killed'],
  ])('tells a unit that is %s', (_case, properties, id) => {
    expect(causes(diagnose('service', { changes: failed(properties) }))).toEqual([id])
  })

  it('looks behind start-limit-hit at the failure before it', () => {
    const report = diagnose('service', {
      changes: {
        ...failed(['Result=start-limit-hit', 'ExecMainStatus=203'], [giveUp]),
        exec_file: 'program=/usr/bin/python3\nstate=missing\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.exec-failed'])
    expect(finding(report, 'debvisor.failed').detail).toContain('gave up')
  })

  it('finds the kernel out of memory behind a kill', () => {
    const report = diagnose('service', {
      changes: {
        ...failed(['Result=signal', 'ExecMainCode=2', 'ExecMainStatus=9', 'MemoryMax=67108864']),
        kernel: `now=1795496537 zone=+0000
2026-11-24T05:01:57+0000 host1 kernel: oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/debvisor.service,task=python3,pid=99
2026-11-24T05:01:57+0000 host1 kernel: Memory cgroup out of memory: Killed process 99 (python3) total-vm:80044kB
`,
      },
    })
    expect(causes(report)[0]).toBe('debvisor.out-of-memory')
    expect(finding(report, 'debvisor.out-of-memory').detail).toContain('67108864')
    expect(finding(report, 'debvisor.killed').role).toBe('consequence')
  })

  it.each([
    ['another Python', 'leads=/usr/local/bin/python3', 'debvisor.other-interpreter'],
    ['the Python of the host', 'leads=/usr/bin/python3.11\nown=yes', 'debvisor.code-broken'],
  ])('misses a module under %s', (_, lines, cause) => {
    const changes = {
      ...failed([], ["00+0000 debvisor-server[9]: ModuleNotFoundError: No module named 'psycopg2.extras'"]),
      interpreter: `program=/opt/debvisor/bin/debvisor-server
first=#!/usr/bin/env python3
interpreter=/usr/local/bin/python3
${lines}
changed=40
module=/usr/lib/python3/dist-packages/psycopg2
`,
    }
    expect(causes(diagnose('service', { changes }))).toEqual([cause])
  })

  it.each([
    ['/opt/debvisor/app.py', '/opt/debvisor/venv/bin/python3'],
    ['/srv/venv/bin/debvisor-server', '/srv/venv/bin/python3'],
  ])('misses a module of its own virtual environment: %s with %s', (program, interpreter) => {
    const changes = {
      ...failed([], ["00+0000 debvisor-server[9]: ModuleNotFoundError: No module named 'requests'"]),
      interpreter: `program=${program}
first=#!${interpreter}
interpreter=${interpreter}
leads=/usr/bin/python3.11
changed=40
module=/usr/lib/python3/dist-packages/requests
`,
    }
    expect(causes(diagnose('service', { changes }))).toEqual(['debvisor.code-broken'])
  })

  it('misses a module that nobody has', () => {
    const changes = {
      ...failed([], ["00+0000 debvisor-server[9]: ModuleNotFoundError: No module named 'psycopg2'"]),
      interpreter:
        'program=/opt/run\ninterpreter=/opt/venv/bin/python3\nleads=/opt/venv/bin/python3\nchanged=9\n',
    }
    const report = diagnose('service', { changes })
    expect(causes(report)).toEqual(['debvisor.code-broken'])
    expect(report.unknown.map(({ probe }) => probe)).not.toContain('interpreter')
  })

  it('names the unit that a dependency waits for', () => {
    const report = diagnose('service', {
      changes: {
        ...failed(['ActiveState=inactive', 'SubState=dead', 'Result=success']),
        dependencies:
          'Id=prepare.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.dependency-failed'])
    expect(finding(report, 'debvisor.dependency-failed').subject).toBe('prepare.service')
  })

  it('shows DebVisor down as a consequence of its database', () => {
    const report = diagnose('service', {
      changes: {
        ...failed([], ['00+0000 python3[99]: psycopg2.OperationalError: connection refused']),
        pg_clusters: '15 main 5432 down postgres /var/lib/postgresql/15/main /var/log/x.log\n',
        pg_processes: '',
        pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
        pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
      },
    })
    expect(causes(report)).toEqual(['postgresql.down'])
    expect(report.summary).toBe('DebVisor does not start because PostgreSQL is down')
  })

  it('finds a process that SIGSTOP holds', () => {
    const report = diagnose('service', {
      changes: {
        http: '/api/health\t0\t4000\tno answer within 4 s\n',
        processes:
          '    725 Ts   debvisor    28488    1   10830 debvisor.service   /usr/bin/python3 /opt/debvisor/app.py\n',
        said_again: 'now=1795496538 zone=+0000\n',
      },
    })
    expect(causes(report)).toEqual(['debvisor.paused'])
    expect(finding(report, 'debvisor.hung').role).toBe('consequence')
  })

  it('claims no wrong configuration where the CLI is not installed', () => {
    const report = diagnose('service', {
      changes: { ...failed([], ['00+0000 python3[99]: boom']), config_check: missing },
    })
    expect(causes(report)).toEqual(['debvisor.failed'])
  })
})
