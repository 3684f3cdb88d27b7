import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy } from '../../../../src/engine/parsers/judging/content-security-policy.ts'
import { refusal, rowsOf } from '../parsed.ts'

const rules = (...lines: readonly string[]): string[] =>
  rowsOf(contentSecurityPolicy, lines.join('\n')).map(
    ({ where, wants, directive, sources }) => `${where} ${wants}: ${directive} ${sources}`,
  )

describe('content-security-policy', () => {
  it('has nothing to say of a page without one', () => expect(rules('')).toEqual([]))

  it.each([
    '<html>',
    'header: connect-src',
    'header\tconnect-src *\nfooter\tx',
    'header\tconnect\tconnect-src\t*',
  ])('does not understand %j', (text) => expect(refusal(contentSecurityPolicy, text)).toContain('mentions'))

  it.each([
    [
      'connect-src a.example; script-src b.example',
      ['connect: connect-src a.example', 'script: script-src b.example'],
    ],
    ["default-src 'self'", ["connect: default-src 'self'", "script: default-src 'self'"]],
    ['default-src *; Connect-SRC a.example', ['connect: connect-src a.example', 'script: default-src *']],
    ['script-src a.example; script-src-elem b.example', ['script: script-src-elem b.example']],
    ['connect-src a.example; connect-src b.example', ['connect: connect-src a.example']],
    ['connect-src', ["connect: connect-src 'none'"]],
    [' connect-src   a.example  b.example ;;', ['connect: connect-src a.example b.example']],
    ["img-src 'self'; frame-ancestors 'none'", []],
    [
      'connect-src a.example, connect-src b.example',
      ['connect: connect-src a.example', 'connect: connect-src b.example'],
    ],
  ])('the directive that decides in: %s', (policy, decided) => {
    expect(rules(`header\t${policy}`)).toEqual(decided.map((rule) => `header ${rule}`))
  })

  it('takes a comma in a meta element for no other policy', () => {
    expect(rules('meta\tconnect-src a.example,b.example')).toEqual([
      'meta connect: connect-src a.example,b.example',
    ])
  })

  it('counts mentions of hosts to which the page may connect, and of no others', () => {
    const policy = 'header\tconnect-src wss://*.A.example:443/path http://b.example; img-src c.example'
    expect(rules(policy, 'mentions\ta.example', 'mentions\tc.example').slice(1)).toEqual([
      'page mentions: - a.example',
    ])
  })

  const piece = fc.constantFrom(
    ...[
      '\nheader\t',
      '\nmeta\t',
      '\nmentions\t',
      ' ',
      ';',
      ',',
      'connect-src',
      'default-src',
      'script-src',
      '__proto__',
    ],
    ...["'none'", 'https://*.a.example', 'a.example', '*.', '://', '\t', '\u0000', 'é', '\ud83d'],
  )

  it('decides at most once a wish and policy, and never without sources, whatever the page says', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const result = contentSecurityPolicy.parse(pieces.join(''))
        const rows = result.ok ? (result.value.rows ?? []) : []
        const decided = rows.filter(({ wants }) => wants !== 'mentions')
        expect(decided.length).toBeLessThanOrEqual(16)
        for (const { sources } of decided) expect(sources).toMatch(/^.{1,600}$/s)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    'header\tconnect-src a.example\n',
    'mentions\ta.b\n',
    'header\t,',
    'a.',
    '*.',
    'connect-src ',
    ';',
  ])('takes time in proportion to the text: %j', (unit) => {
    const began = performance.now()
    contentSecurityPolicy.parse(`header\tconnect-src ${unit.repeat(1_000_000 / unit.length)}`)
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
