import { expect, it } from 'vitest'
import { captures } from '../../../src/engine/parsers/captures.ts'
import { compilePattern } from '../../../src/text/re2-pattern.ts'
import { parsed, rowsOf } from './parsed.ts'

const source = 'could not bind (?P<family>IPv\\d) address "(?P<address>[^"]+)"(?: port (?P<port>\\d+))?'
const compiled = compilePattern(source)
if (!compiled.ok) throw new Error(compiled.message)
const fields = { family: 'string', address: 'string', port: 'int' } as const
const one = captures({ pattern: compiled.pattern, each: false, fields })
const all = captures({ pattern: compiled.pattern, each: true, fields })

const log = `LOG:  starting PostgreSQL 15.4
LOG:  could not bind IPv4 address "127.0.0.1" port 5432: Address already in use
LOG:  could not bind IPv6 address "::1": Cannot assign requested address
`

it('reads the first match of the text', () => {
  expect(parsed(one, log)).toEqual({ fields: { family: 'IPv4', address: '127.0.0.1', port: 5432n } })
})

it('has no record where nothing matches', () => {
  expect(parsed(one, 'LOG: all is well')).toEqual({})
})

it('reads a row of each line that matches', () => {
  expect(rowsOf(all, log)).toEqual([
    { family: 'IPv4', address: '127.0.0.1', port: 5432n },
    { family: 'IPv6', address: '::1', port: undefined },
  ])
  expect(rowsOf(all, '')).toEqual([])
})

it('takes linear time on what makes a backtracking matcher take forever', () => {
  const evil = compilePattern('(?P<x>(a+)+)$')
  if (!evil.ok) throw new Error(evil.message)
  const began = performance.now()
  parsed(captures({ pattern: evil.pattern, each: false, fields: { x: 'string' } }), `${'a'.repeat(20_000)}!`)
  expect(performance.now() - began).toBeLessThan(5000)
})
