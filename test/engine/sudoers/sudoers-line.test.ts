import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sudoersLine } from '../../../src/engine/sudoers/sudoers-line.ts'

describe('a line of sudoers', () => {
  it.each([
    [['/usr/sbin/nginx', '-T'], 'bot ALL=(root) TIMEOUT=10s NOPASSWD:NOEXEC: /usr/sbin/nginx -T'],
    [['nginx', '-t'], 'bot ALL=(root) TIMEOUT=10s NOPASSWD:NOEXEC: /usr/sbin/nginx -t'],
    [['dmesg'], 'bot ALL=(root) TIMEOUT=10s NOPASSWD:NOEXEC: /usr/bin/dmesg ""'],
    [
      ['/usr/bin/ss', 'sport = :5432', '*.log', 'a\\b,c'],
      'bot ALL=(root) TIMEOUT=10s NOPASSWD:NOEXEC: /usr/bin/ss sport\\ \\=\\ \\:5432 \\*.log a\\\\\\\\b\\,c',
    ],
  ])('allows exactly %j', (argv, line) => {
    expect(sudoersLine('bot', argv, 9500)).toBe(line)
  })

  const has = spawnSync('visudo', ['-V']).status === 0
  if (!has) aloud()
  it.skipIf(!has)('is one that visudo accepts, whatever the arguments', () => {
    const word = fc.stringMatching(/^[ -~]{0,29}[!-~]$/)
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (args) => {
        const input = `${sudoersLine('bot', ['/usr/bin/ss', ...args], 10_000)}\n`
        const { status, stdout, stderr } = spawnSync('visudo', ['-cf', '-'], { input, encoding: 'utf8' })
        expect({ input, status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0 })
      }),
      { numRuns: 60 },
    )
  })
})

function aloud(): void {
  if (process.env.DEBVISOR_TEST_REQUIRE_ALL === '1') throw new Error('this test needs visudo (package sudo)')
  process.stderr.write(
    'skipped: sudoers lines are not checked by visudo, which is not installed (package sudo)\n',
  )
}
