import { expect, it } from 'vitest'
import { journal } from '../../../../src/engine/parsers/special/journal.ts'
import { refusal, rowsOf } from '../parsed.ts'

const entry = {
  __REALTIME_TIMESTAMP: '1700000000123456',
  PRIORITY: '3',
  SYSLOG_IDENTIFIER: 'postgres',
  _PID: '640',
  _SYSTEMD_UNIT: 'postgresql@15-main.service',
  MESSAGE: 'could not bind IPv4 address "127.0.0.1"',
}

it('reads entries', () => {
  expect(rowsOf(journal, `${JSON.stringify(entry)}\n`)).toEqual([
    {
      time: '2023-11-14 22:13:20',
      at: 1700000000n,
      unit: 'postgresql@15-main.service',
      identifier: 'postgres',
      priority: 3n,
      pid: 640n,
      message: 'could not bind IPv4 address "127.0.0.1"',
    },
  ])
})

it('reads messages that are bytes, several, or none', () => {
  const messages = [[104, 105, 255], ['a', 'b'], null].map((MESSAGE) => JSON.stringify({ ...entry, MESSAGE }))
  expect(rowsOf(journal, messages.join('\n')).map((row) => row.message)).toEqual(['hi\ufffd', 'a b', ''])
})

it('keeps no escape of a message, which journalctl gives as bytes or as an escape of JSON', () => {
  const red = '\u001b[31mred\u001b[0m \u202e'
  const messages = [[...Buffer.from(red)], red, ['\u001b[2Ja', 'b']]
  const lines = messages.map((MESSAGE) => JSON.stringify({ ...entry, SYSLOG_IDENTIFIER: red, MESSAGE }))
  const rows = rowsOf(journal, lines.join('\n'))
  expect(rows.map((row) => row.message)).toEqual(['red <U+202E>', 'red <U+202E>', 'a b'])
  expect(rows[0]?.identifier).toBe('red <U+202E>')
})

it('takes what the kernel and systemd say of a unit', () => {
  const { _SYSTEMD_UNIT, SYSLOG_IDENTIFIER, _PID, ...rest } = entry
  const [row] = rowsOf(journal, JSON.stringify({ ...rest, UNIT: 'nginx.service', _COMM: 'systemd' }))
  expect([row?.unit, row?.identifier, row?.pid]).toEqual(['nginx.service', 'systemd', undefined])
})

it('is empty where there are no entries', () => {
  expect(rowsOf(journal, '-- No entries --\n')).toEqual([])
  expect(rowsOf(journal, '')).toEqual([])
})

it('does not understand what is not JSON', () => {
  expect(refusal(journal, 'No journal files were opened due to insufficient permissions.')).toContain(
    'insufficient',
  )
  expect(refusal(journal, `${JSON.stringify(entry)}\n[1]`)).toContain('journalctl -o json')
})
