import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let work = ''
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'debvisor-gates-'))
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

function ran(program: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}`.trim() }
}

describe('the gate of dependencies (S23)', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a lock is spoilt in any way.
  type Lock = any
  const noAdvisory = { vulnerabilities: {}, metadata: { vulnerabilities: { total: 0 } } }

  function gate(spoil: (lock: Lock) => void = () => {}, audit: unknown = noAdvisory) {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
    spoil(lock)
    writeFileSync(join(work, 'lock.json'), JSON.stringify(lock))
    writeFileSync(join(work, 'audit.json'), typeof audit === 'string' ? audit : JSON.stringify(audit))
    const files = ['--lock', join(work, 'lock.json'), '--audit', join(work, 'audit.json')]
    return ran(process.execPath, ['scripts/check-dependencies.mjs', ...files])
  }

  test('lets the lock of this tree through', () => {
    expect(gate()).toEqual({
      status: 0,
      said: expect.stringMatching(
        /^\d+ production dependencies are fine; no advisory of high or critical severity\.$/,
      ),
    })
  })

  test.each<[mistake: string, spoil: (packages: Lock) => void, said: string]>([
    [
      'without a digest',
      (packages) => delete packages['node_modules/pg'].integrity,
      'node_modules/pg has no SHA-512 in the lock.',
    ],
    [
      'with a weak digest',
      (packages) => {
        packages['node_modules/pg'].integrity = 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk='
      },
      'node_modules/pg has no SHA-512 in the lock.',
    ],
    [
      'from elsewhere',
      (packages) => {
        packages['node_modules/pg'].resolved = 'https://example.com/pg.tgz'
      },
      'node_modules/pg comes from https://example.com/pg.tgz, and not from the registry.',
    ],
    [
      'with a licence that asks for more',
      (packages) => {
        packages['node_modules/pg'].license = 'AGPL-3.0-only'
      },
      'node_modules/pg has the licence AGPL-3.0-only, which is not on the list.',
    ],
    [
      'without a licence',
      (packages) => {
        delete packages['node_modules/pg'].license
      },
      'node_modules/pg names no licence; read its files, and put it into READ_BY_HAND.',
    ],
    [
      'with an install script',
      (packages) => {
        packages['node_modules/pg'].hasInstallScript = true
      },
      'node_modules/pg runs a script when it is installed; say in INSTALL_SCRIPTS why it is not needed, or do without the package.',
    ],
    [
      'of another version than asked for',
      (packages) => {
        packages['node_modules/pg'].version = '8.0.0'
      },
      'pg is 8.23.1 in package.json and 8.0.0 in the lock; run npm install.',
    ],
    [
      'of any version',
      (packages) => {
        packages[''].dependencies.pg = '^8.23.1'
      },
      'pg is asked for as ^8.23.1; name one version.',
    ],
  ])('refuses a package %s', (_, spoil, said) => {
    expect(gate(({ packages }) => spoil(packages))).toEqual({ status: 1, said })
  })

  test.each(['high', 'critical'])('refuses an advisory of %s severity', (severity) => {
    const vulnerabilities = { pg: { name: 'pg', severity, range: '<9' } }
    expect(gate(undefined, { ...noAdvisory, vulnerabilities })).toEqual({
      status: 1,
      said: `pg <9 has a known vulnerability (${severity}); see npm audit.`,
    })
  })

  test('tells of no answer, and does not count it as a clean one', () => {
    expect(gate(undefined, { message: '405 Method Not Allowed' })).toMatchObject({
      status: 0,
      said: expect.stringContaining('the registry gave no advisories (405 Method Not Allowed).'),
    })
    expect(gate(undefined, 'npm error')).toMatchObject({
      status: 0,
      said: expect.stringContaining('gave no advisories'),
    })
  })
})

describe('the search for secrets in the tree', () => {
  const search = (...folder: string[]) =>
    ran('node_modules/.bin/tsx', ['scripts/check-secrets.mjs', ...folder])

  test('finds each that is planted, says where, and never prints it', () => {
    const random = (length: number) =>
      Array.from({ length }, () => 'abcdefghij'[Math.floor(Math.random() * 10)]).join('')
    const planted = [
      `xoxb-${random(24)}`,
      `ghp_${random(36)}`,
      `AKIA${random(16).toUpperCase()}`,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${random(64)}`,
    ]
    spawnSync('git', ['init', '-q', work])
    writeFileSync(join(work, 'notes.txt'), planted.map((secret) => `here: ${secret}\n`).join('\n'))
    const { status, said } = search(work)
    expect(status).toBe(1)
    expect(said.match(/^notes\.txt:\d+: this looks like one of .*$/gm)).toHaveLength(planted.length)
    for (const secret of planted) expect(said).not.toContain(secret.slice(-16))
  })
})
