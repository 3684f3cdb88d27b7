import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nginxRateLimits } from '../../../../src/engine/parsers/judging/nginx-rate-limits.ts'
import { refusal, rowsOf } from '../parsed.ts'

const limits = (text: string): string[] =>
  rowsOf(nginxRateLimits, `# configuration file /etc/nginx/sites-enabled/a:\n${text}`).map(
    ({ place, bytes, location }) => `${place} ${bytes} ${location}`,
  )
const place = '/etc/nginx/sites-enabled/a'

describe('nginx-rate-limits', () => {
  it('has nothing to say where no file has one', () => expect(rowsOf(nginxRateLimits, '\n')).toEqual([]))

  it.each(['server {', 'limit_rate 8k', '}'])('does not understand %j', (text) =>
    expect(refusal(nginxRateLimits, text)).toContain('nginx -T'),
  )

  it.each([
    ['limit_rate 4096;', [`${place}:1 4096 -`]],
    ['limit_rate 64k;\nlimit_rate 2M;', [`${place}:1 65536 -`, `${place}:2 2097152 -`]],
    ['server {\n  location = /api {\n    limit_rate 8k;\n  }\n}', [`${place}:3 8192 = /api`]],
    ['location /a { if ($slow) { limit_rate 8k; } }', [`${place}:1 8192 /a`]],
    ['limit_rate\n  8k;', [`${place}:1 8192 -`]],
    ['limit_rate 0;', [`${place}:1 0 -`]],
    ['limit_rate $rate;', []],
    ['# limit_rate 8k;\nlimit_rate_after 8k;\nreturn 200 "limit_rate 8k;";', []],
    ['limit_rate 99999999999999999999;', []],
  ])('finds in: %s', (text, found) => expect(limits(text)).toEqual(found))

  it('tells files apart', () => {
    const text = '# configuration file /a:\nlimit_rate 1;\n# configuration file /b:\n\nlimit_rate 2;\n'
    expect(rowsOf(nginxRateLimits, text).map(({ place }) => place)).toEqual(['/a:1', '/b:2'])
  })

  const piece = fc.constantFrom(
    ...[
      'limit_rate ',
      '8k',
      '9'.repeat(12),
      'm',
      ';',
      '{',
      '}',
      '"',
      '#',
      '\n',
      '$',
      '\\',
      'location /a ',
      'é',
    ],
    '\n# configuration file /a:\n',
  )

  it('gives sizes that are never negative and fit, whatever the files hold', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const result = nginxRateLimits.parse(pieces.join(''))
        for (const { bytes } of (result.ok && result.value.rows) || []) {
          expect(bytes).toBeGreaterThanOrEqual(0n)
          expect(bytes).toBeLessThan(2n ** 63n)
        }
      }),
      { numRuns: 500 },
    )
  })
})
