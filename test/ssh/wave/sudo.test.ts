import { describe, expect, test } from 'vitest'
import { readSudo } from '../../../src/ssh/wave/sudo.ts'

const read = (code: number, stderr: string, stdout = '') =>
  readSudo('ana', code, Buffer.from(stdout), Buffer.from(stderr))

describe('sudo refuses', () => {
  test.each([
    ['sudo: a password is required\n', 'sudo does not let ana run this without a password'],
    ['sudo: interactive authentication is required\n', 'sudo does not let ana run this without a password'],
    [
      "Sorry, user ana is not allowed to execute '/usr/bin/cat /etc/shadow' as root on host1.\n",
      'sudoers does not let ana run this command',
    ],
    [
      'ana is not in the sudoers file.\nThis incident has been reported to the administrator.\n',
      'ana may not use sudo',
    ],
    ['Sorry, user ana may not run sudo on host1.\n', 'ana may not use sudo'],
    ['sudo: sorry, you must have a tty to run sudo\n', 'sudoers wants a terminal from ana (requiretty)'],
    [
      'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.\n',
      'sudo cannot gain rights here ("no new privileges" is set)',
    ],
    [
      'sudo: unable to resolve host host1: Name or service not known\nsudo: a password is required\n',
      'sudo does not let ana run this without a password',
    ],
    ['sudo: no valid sudoers sources found, quitting\n', 'sudo: no valid sudoers sources found, quitting'],
  ])('%s', (stderr, reason) => {
    expect(read(1, stderr)).toEqual({ kind: 'refused', reason })
  })

  test('in words that are not ASCII, as they are', () => {
    const said = 'sudo: /etc/sudoers.d/équipe: syntax error “x”\n'
    expect(read(1, said)).toEqual({ kind: 'refused', reason: said.trim() })
  })

  test('where it is not installed', () => {
    const said = 'sudo: cannot run: No such file or directory\n'
    expect(read(127, said)).toEqual({ kind: 'refused', reason: 'this host has no sudo' })
  })
})

test('a program that sudo does not find', () => {
  expect(read(1, 'sudo: pg_lsclusters: command not found\n')).toEqual({ kind: 'not-found' })
})

test.each([
  ['success', 0, 'sudo: unable to resolve host host1: Name or service not known\n', ''],
  ['its own failure', 1, 'grep: /x: No such file or directory\n', ''],
  ['its own failure with no word', 1, '', ''],
  [
    'its own failure after a warning of sudo',
    1,
    'sudo: unable to resolve host host1: Name or service not known\n',
    '',
  ],
  ['a failure that says "a password is required"', 1, 'psql: error: a password is required\n', ''],
  ['an answer on stdout', 1, 'sudo: a password is required\n', 'inactive\n'],
  ['its own status 127', 127, 'sh: 1: nonesuch: not found\n', ''],
])('the command ran: %s', (_, code, stderr, stdout) => {
  expect(read(code, stderr, stdout)).toBeUndefined()
})
