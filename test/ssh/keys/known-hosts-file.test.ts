import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { newKeyPair } from '../../../playground/ssh/server.ts'
import {
  fingerprint,
  hostPattern,
  linesFor,
  matchesGlob,
  parseKnownHosts,
  readHostKey,
} from '../../../src/ssh/keys/known-hosts-file.ts'
import { missing } from '../../fakes/sshd.ts'

const KEY = newKeyPair().public.split(' ', 2).join(' ')
const OTHER = newKeyPair().public.split(' ', 2).join(' ')
const folder = mkdtempSync(join(tmpdir(), 'debvisor-known-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hashed = (name: string, salt = 'twenty bytes of salt'): string =>
  `|1|${Buffer.from(salt).toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`

const linesOf = (text: string, address: string, port = 22): number[] =>
  linesFor(parseKnownHosts(text), address, port).map((line) => line.line)

describe('a line is for a host', () => {
  test.each([
    ['plain', 'db.example.net', 'db.example.net', 22, true],
    ['one of several', 'cvs.example.net,192.0.2.10', '192.0.2.10', 22, true],
    ['whatever the case', 'DB.Example.net', 'db.EXAMPLE.NET', 22, true],
    ['not a part of a name', 'db.example', 'db.example.net', 22, false],
    ['star', '*.example.net', 'db.example.net', 22, true],
    ['question mark', 'db?.example.net', 'db1.example.net', 22, true],
    ['a question mark is one character', 'db?.example.net', 'db.example.net', 22, false],
    ['negated', '*.example.net,!db.example.net', 'db.example.net', 22, false],
    ['negated first', '!db.example.net,*.example.net', 'db.example.net', 22, false],
    ['negation of another', '*.example.net,!web.example.net', 'db.example.net', 22, true],
    ['only a negation', '!web.example.net', 'db.example.net', 22, false],
    ['port', '[db.example.net]:2222', 'db.example.net', 2222, true],
    ['another port', '[db.example.net]:2222', 'db.example.net', 2223, false],
    ['a plain name is for port 22', 'db.example.net', 'db.example.net', 2222, false],
    ['IPv6', '2001:db8::1', '2001:db8::1', 22, true],
    ['IPv6 and port', '[2001:db8::1]:2222', '2001:db8::1', 2222, true],
    ['hashed', hashed('db.example.net'), 'db.example.net', 22, true],
    ['hashed, with port', hashed('[db.example.net]:2222'), 'db.example.net', 2222, true],
    ['hashed, another', hashed('web.example.net'), 'db.example.net', 22, false],
    ['hashed in an unknown way', hashed('db.example.net').replace('|1|', '|2|'), 'db.example.net', 22, false],
  ])('%s: %s', (_, hosts, address, port, matches) => {
    expect(linesOf(`${hosts} ${KEY}\n`, address, port)).toEqual(matches ? [1] : [])
  })
})

test('comments, blank lines, tabs, trailing text, CRLF and several keys of one host', () => {
  const text = `# a comment\n\n  db\t${KEY.replace(' ', '\t')}  pinned by ana\r\ndb ${OTHER}\nweb ${KEY}`
  expect(linesOf(text, 'db')).toEqual([3, 4])
  expect(parseKnownHosts(text).problems).toEqual([])
})

test('markers are told apart', () => {
  const text = `@revoked * ${KEY}\n@cert-authority *.example.net ${OTHER}\ndb.example.net ${KEY}\n`
  const lines = linesFor(parseKnownHosts(text), 'db.example.net', 22)
  expect(lines.map((line) => line.marker)).toEqual(['revoked', 'cert-authority', undefined])
})

test.each([
  ['no key', 'db ssh-ed25519', false],
  ['a key of another type', `db ${KEY.replace('ssh-ed25519', 'ssh-rsa')}`, false],
  ['no base64', 'db ssh-ed25519 !!!!', false],
  ['an unknown marker', `@revokd db ${KEY}`, true],
  ['a broken revocation', '@revoked db', true],
])('a line that cannot be read is named: %s', (_, text, marked) => {
  const { lines, problems } = parseKnownHosts(`\n${text}\n`)
  expect(lines).toEqual([])
  expect(problems).toMatchObject([{ line: 2, marked }])
})

test('no text makes the parser throw, and good lines around it are still found', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (noise) => {
      const clean = noise.replaceAll('\n', ' ')
      expect(linesOf(`${clean}\ndb ${KEY}`, 'db').at(-1)).toBe(2)
    }),
  )
})

test('a glob means what the same regular expression means', () => {
  const unit = fc.constantFrom('a', 'b', '.', '*', '?')
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '.') }),
      (glob, text) => {
        const expression = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')
        expect(matchesGlob(glob, text)).toBe(new RegExp(`^${expression}$`).test(text))
      },
    ),
  )
})

test('a pattern made to be slow is not', () => {
  const began = performance.now()
  expect(matchesGlob('*a'.repeat(200), `${'a'.repeat(5000)}b`)).toBe(false)
  expect(performance.now() - began).toBeLessThan(1000)
})

test('a key that is cut short is no key', () => {
  expect(readHostKey(Buffer.alloc(3))).toBeUndefined()
  expect(readHostKey(Buffer.from([0, 0, 0, 11, 115]))).toBeUndefined()
})

const keygen = existsSync('/usr/bin/ssh-keygen') || missing('ssh-keygen is not installed (openssh-client)')

test.skipIf(!keygen)('ssh-keygen finds the same lines and shows the same fingerprint', () => {
  const file = join(folder, 'known_hosts')
  const key = readHostKey(Buffer.from(KEY.split(' ')[1] ?? '', 'base64'))
  if (!key) throw new Error('the test key is none')
  const names = ['db.example.net', 'web.example.net']
  const text = `${names.map((name) => `${hostPattern(name, 2222)} ${KEY}\n`).join('')}*.example.org ${OTHER}\n`
  writeFileSync(file, text)
  spawnSync('ssh-keygen', ['-H', '-f', file])
  const found = spawnSync('ssh-keygen', ['-l', '-F', '[db.example.net]:2222', '-f', file], {
    encoding: 'utf8',
  })
  expect(found.stdout).toContain(fingerprint(key))
  const hashedText = spawnSync('cat', [file], { encoding: 'utf8' }).stdout
  expect(hashedText).toContain('|1|')
  expect(linesOf(hashedText, 'db.example.net', 2222)).toEqual([1])
  expect(found.stdout).toContain('found: line 1')
})
