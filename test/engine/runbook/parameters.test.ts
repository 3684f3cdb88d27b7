import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkValue, resolveParameters } from '../../../src/engine/runbook/parameters.ts'
import { parameterTypes } from '../../../src/engine/runbook/schema-parts.ts'
import { runbook, topic } from '../sample-runbook.ts'

describe('values', () => {
  it.each([
    ['unit', 'postgresql@15-main.service'],
    ['unit', 'dev-disk-by\\x2duuid.device'],
    ['address', '::1'],
    ['address', 'db-1.internal'],
    ['path', '/var/lib/my data'],
    ['url', 'http://[::1]:9090/metrics?a=b'],
    ['word', 'app_user'],
    ['units', 'debvisor-rpcd debvisor-web\\x2dui debvisor-panel@blue'],
    ['units', Array.from({ length: 40 }, (_, i) => `debvisor-${i}`).join(' ')],
    ['server', 'db1.internal'],
    ['server', '/var/run/postgresql'],
    ['listen', '10.0.0.5'],
    ['listen', 'unix:/run/debvisor/panel.sock'],
  ] as const)('%s %s', (type, value) => {
    expect(checkValue(type, value)).toEqual({ ok: true, value })
  })

  it('come as numbers and truths where the type is one', () => {
    expect(checkValue('port', '5432')).toEqual({ ok: true, value: 5432 })
    expect(checkValue('port', 5432n)).toEqual({ ok: true, value: 5432 })
    expect(checkValue('number', 0)).toEqual({ ok: true, value: 0 })
    expect(checkValue('boolean', 'true')).toEqual({ ok: true, value: true })
  })

  it.each([
    ['port', 0, 'must be a port, 1 to 65535, not 0'],
    ['port', 65536, 'must be a port, 1 to 65535, not 65536'],
    ['port', '5432;x', 'must be a port, 1 to 65535, not "5432;x"'],
    ['path', 'etc/nginx', 'must be an absolute path, not "etc/nginx"'],
    ['url', 'ftp://x', 'must be an http or https URL, not "ftp://x"'],
    ['unit', 'a b', 'must be the name of a systemd unit, not "a b"'],
    ['unit', 'debvisor;$(reboot)', 'must be the name of a systemd unit, not "debvisor;$(reboot)"'],
    [
      'units',
      'debvisor $(reboot)',
      'must be names of systemd units with single spaces between them, at most 40, not "debvisor $(reboot)"',
    ],
    [
      'units',
      'a -b',
      'must be names of systemd units with single spaces between them, at most 40, not "a -b"',
    ],
    [
      'listen',
      'unix:panel.sock',
      'must be a host name, an IP address, or unix: and an absolute path, not "unix:panel.sock"',
    ],
    ['address', 'a/b', 'must be a host name or an IP address, not "a/b"'],
    ['boolean', 'maybe', 'must be true or false, not "maybe"'],
    ['number', -1, 'must be a whole number, not -1'],
    ['word', null, 'must be a word of letters, digits and _ . + @ -, not null'],
    ['word', ['a'], 'must be a word of letters, digits and _ . + @ -, not ["a"]'],
  ] as const)('%s refuses %j', (type, value, message) => {
    expect(checkValue(type, value)).toEqual({ ok: false, message })
  })

  it('are no more units than one look takes', () => {
    expect(checkValue('units', Array(41).fill('debvisor').join(' ')).ok).toBe(false)
  })

  it('are never an option, never two lines, never endless (S10)', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `-${text}`),
      fc.string().map((text) => `a\n${text}`),
    )
    fc.assert(
      fc.property(fc.constantFrom(...parameterTypes), nasty, (type, text) => {
        const checked = checkValue(type, text)
        if (!checked.ok) return
        expect(text).not.toMatch(/^-|[\0\n\r]/)
        expect(text.length).toBeLessThan(600)
      }),
      { numRuns: 2000 },
    )
    for (const type of parameterTypes) expect(checkValue(type, '/aaaa'.repeat(1000)).ok).toBe(false)
  })
})

describe('parameters of a host', () => {
  const db = runbook(
    topic(`parameters:
  unit: { type: unit, default: postgresql.service, description: The unit }
  port: { type: port, default: 5432, description: The port }
  role: { type: word, description: The role that asks }
  poolMetrics: { type: url, default: '', description: Where the pool tells }
`),
  )

  it('are its variables of that name, else the defaults; others are not looked at', () => {
    const variables = { role: 'app', port: '5433', nonsense: {}, ansible_user: 'x' }
    expect(resolveParameters(db, variables)).toEqual({
      ok: true,
      values: { unit: 'postgresql.service', port: 5433, role: 'app', poolMetrics: '' },
    })
  })

  it('name the host variable that is missing or wrong, all at once', () => {
    expect(resolveParameters(db, { unit: '-x', poolMetrics: 'no' })).toEqual({
      ok: false,
      problems: [
        'the host variable `unit` must be the name of a systemd unit, not "-x"',
        'set the host variable `role` in the inventory: The role that asks',
        'the host variable `poolMetrics` must be an http or https URL, not "no"',
      ],
    })
  })
})
