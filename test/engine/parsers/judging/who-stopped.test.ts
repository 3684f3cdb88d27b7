import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { whoStopped } from '../../../../src/engine/parsers/judging/who-stopped.ts'
import { refusal, rowsOf } from '../parsed.ts'

/** It stopped at 1000, from 500 s to 501 s after the start. */
const stop = `=== stop
at=1000
Id=debvisor.service
Conflicts=shutdown.target notice.service
BindsTo=vpn.service
ActiveExitTimestampMonotonic=500000000
InactiveEnterTimestampMonotonic=501000000`

const said = (...sections: readonly string[]): string[] =>
  rowsOf(whoStopped, [stop, ...sections].join('\n')).map(
    ({ kind, name, about }) => `${kind}: ${name}, ${about}`,
  )

const notice = (started: number) => `=== related
Id=notice.service
InactiveExitTimestampMonotonic=${started * 1e6}
ActiveExitTimestampMonotonic=0
FragmentPath=/etc/systemd/system/notice.service
`
const vpn = (stopped: number) => `=== related
Id=vpn.service
InactiveExitTimestampMonotonic=1000000
ActiveExitTimestampMonotonic=${stopped * 1e6}
FragmentPath=
`
const sudo = (time: number, command: string) =>
  `=== journal\n${time} host1 sudo[77]:    alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=${command}`
const cron = (time: number, command: string) => `=== journal\n${time} host1 CRON[9]: (root) CMD (${command})`
const began = (time: number, text: string, how: string) => `=== journal
${time} host1 systemd[1]: ${text}
=== began
Id=other.service
ExecStart={ path=/bin/true ; argv[]=/bin/true ; ignore_errors=no }

Id=nightly.service
ExecStart={ path=/bin/sh ; argv[]=/bin/sh -c ${how} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }
TriggeredBy=nightly.timer`

describe('who-stopped', () => {
  it('says nothing of a unit that never stopped', () => {
    expect(rowsOf(whoStopped, '\n')).toEqual([])
  })

  it.each(['debvisor.service', '=== stop\nat=soon\nId=debvisor.service\n', '=== stop\nat=1000\n'])(
    'does not understand an answer without the unit or the moment: %j',
    (text) => expect(refusal(whoStopped, text)).toContain('when it stopped'),
  )

  it.each([
    [notice(499.5), ['conflict: notice.service, /etc/systemd/system/notice.service']],
    [notice(502.9), ['conflict: notice.service, /etc/systemd/system/notice.service']],
    [notice(497.9), []],
    [notice(503.1), []],
    [vpn(500.5), ['with: vpn.service, BindsTo=, made by systemd']],
    [vpn(0), []],
    [notice(499.5).replaceAll('notice', 'stranger'), []],
  ])('a unit that it is tied to: %s', (related, suspects) => expect(said(related)).toEqual(suspects))

  it.each([
    [
      sudo(999.2, '/usr/bin/systemctl stop debvisor'),
      ['command: alice: /usr/bin/systemctl stop debvisor, sudo logged it 1 s before'],
    ],
    [sudo(989.9, '/usr/bin/systemctl stop debvisor'), []],
    [sudo(999.2, '/usr/bin/systemctl stop debvisor-worker'), []],
    [
      cron(999, 'systemctl stop debvisor'),
      ['command: cron: systemctl stop debvisor, as root, systemctl stop debvisor'],
    ],
    [cron(985, 'systemctl stop debvisor'), []],
    [
      `${cron(999, '/bin/sh "/opt/sweep.sh"')}\n=== orders\n/opt/sweep.sh\t# systemctl stop debvisor\n/opt/sweep.sh\t  systemctl -q stop debvisor`,
      ['command: cron: /bin/sh "/opt/sweep.sh", as root, /opt/sweep.sh: systemctl -q stop debvisor'],
    ],
    [`${cron(999, '/opt/other.sh')}\n=== orders\n/opt/sweep.sh\tsystemctl stop debvisor`, []],
  ])('a command: %s', (journal, suspects) => expect(said(journal)).toEqual(suspects))

  it.each([
    [
      began(999, 'Starting nightly.service - Nightly work...', 'systemctl stop debvisor'),
      ['unit: nightly.service, started by nightly.timer, systemctl stop debvisor'],
    ],
    [began(994, 'Starting nightly.service - Nightly work...', 'systemctl stop debvisor'), []],
    [began(999, 'Stopping nightly.service - Nightly work...', 'systemctl stop debvisor'), []],
    [began(999, 'Starting nightly.service - Nightly work...', 'systemctl stop nginx'), []],
    [
      `${began(999, 'Finished Nightly work nightly.service.', '/opt/sweep.sh --all')}\n=== orders\n/opt/sweep.sh\tservice debvisor stop`,
      ['unit: nightly.service, started by nightly.timer, /opt/sweep.sh: service debvisor stop'],
    ],
  ])('a unit that began: %s', (journal, suspects) => expect(said(journal)).toEqual(suspects))

  it('a unit that it is tied to, by the name that systemctl quotes', () => {
    const text = `${stop}\nPartOf="my\\\\x2dvpn.service"\n${vpn(500.5).replace('vpn', 'my\\x2dvpn')}`
    expect(rowsOf(whoStopped, text).map(({ name, about }) => `${name} ${about}`)).toEqual([
      'my\\x2dvpn.service PartOf=, made by systemd',
    ])
  })

  it('a unit that began, by its last command too', () => {
    const commands = [
      'ExecStartPre={ argv[]=/bin/true ; }',
      `ExecStart={ argv[]=/bin/echo ${'x'.repeat(3000)}`,
    ]
    const journal =
      '=== journal\n999 host1 systemd[1]: Started nightly.service - Nightly work.\n=== began\nId=nightly.service'
    expect(said(journal, ...commands, 'ExecStartPost={ argv[]=/bin/systemctl stop debvisor')).toEqual([
      'unit: nightly.service, systemctl stop debvisor',
    ])
  })

  it('a package, once, by the first of its scripts that has the order', () => {
    const about =
      'dpkg worked on it then (1.0 to 1.1), /var/lib/dpkg/info/agent:amd64.prerm: service debvisor stop'
    expect(
      said(
        '=== packages\n2026-11-25 19:04:55 upgrade agent:amd64 1.0 1.1\n2026-11-25 19:04:56 configure agent:amd64 1.1 <none>',
        '=== orders\n/var/lib/dpkg/info/agent:amd64.prerm\tservice debvisor stop\n/var/lib/dpkg/info/agent:amd64.postinst\tsystemctl stop debvisor',
      ),
    ).toEqual([`package: package agent, ${about}`])
  })

  it('names the likeliest and at most four others', () => {
    const many = Array.from({ length: 9 }, () => sudo(999, 'systemctl stop debvisor').split('\n')[1])
    const suspects = said(notice(500), '=== journal', ...many.map(String))
    expect(suspects.map((suspect) => suspect.split(':')[0])).toEqual([
      'conflict',
      'also',
      'also',
      'also',
      'also',
    ])
  })

  const pieces = fc
    .array(
      fc.constantFrom(
        ...[
          '\n',
          '\n',
          ' ',
          '\t',
          '=',
          ';',
          '999 ',
          '1000 ',
          '99999999999999999999 ',
          'é',
          '\u0000',
          '\ud83d',
          '\\x2d',
        ],
        ...[
          '\n=== related\n',
          '\n=== journal\n',
          '\n=== packages\n',
          '\n=== began\n',
          '\n=== orders\n',
          '\n=== stop\n',
        ],
        ...['Id=', 'notice.service', 'vpn.service', 'debvisor', 'InactiveExitTimestampMonotonic=500000000\n'],
        ...[
          'h systemd[1]: Starting ',
          'h sudo[1]: a : COMMAND=',
          'h CRON[1]: (',
          ') CMD (',
          'argv[]=',
          'ExecStart=',
        ],
        ...[
          'systemctl stop ',
          '/var/lib/dpkg/info/',
          'agent',
          '.prerm\t',
          '2026-11-25 19:04:55 upgrade agent 1 2',
        ],
      ),
      { maxLength: 80 },
    )
    .map((parts) => parts.join(''))

  it('is understood whatever follows the stop: at most five, printable and short', () => {
    fc.assert(
      fc.property(pieces, (text) => {
        const rows = rowsOf(whoStopped, `${stop}\n${text}`)
        expect(rows.length).toBeLessThanOrEqual(5)
        for (const [at, { kind, name, about }] of rows.entries()) {
          expect(kind === 'also').toBe(at > 0)
          expect(`${name}${about}`).toMatch(/^[ -~]{0,400}$/)
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['=== journal\n', '999 h systemd[1]: Starting a.service a.service\n'],
    ['=== journal\n', '999 h CRON[1]: (root) CMD (/a /a /a systemctl stop x)\n'],
    ['=== journal\n999 h sudo[1]: a : COMMAND=', 'systemctl stop '],
    ['=== journal\n999 h systemd[1]: Starting ', 'a.service'],
    ['=== orders\n', '/a\tsystemctl stop debvisor\n'],
    ['=== related\n', 'Id=notice.service\n\n'],
    ['=== began\nId=a.service\n', 'ExecStart=argv[]=/a ; \n'],
    ['', '=== stop\n'],
  ])('takes time in proportion to the text: %j and %j', (head, unit) => {
    const began = performance.now()
    whoStopped.parse(`${stop}\n${head}${unit.repeat(1_000_000 / unit.length)}`)
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
