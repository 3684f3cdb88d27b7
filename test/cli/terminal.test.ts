import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { printJson } from '../../src/cli/output/print.ts'
import { terminal } from '../../src/cli/output/terminal.ts'

/** A terminal of 40 columns, and all that was written to it. */
function screen() {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 40 })
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 40 })
  const io = { stdin: process.stdin, stdout, stderr, env: {} } as unknown as Parameters<typeof terminal>[0]
  const written = () => `${stdout.read() ?? ''}${stderr.read() ?? ''}`
  return { term: terminal(io), written }
}

const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b31mred\u0000\t\u202ereversed\r\nnext'

it.each(['out', 'err'] as const)('%s writes text, and nothing that moves the terminal', (way) => {
  const { term, written } = screen()
  term[way](hostile)
  expect(written()).toBe('red\t<U+202E>reversed\nnext\n')
})

it('status draws one line and clears it with its own escape alone', () => {
  const { term, written } = screen()
  term.status(hostile)
  expect(written()).toBe('red <U+202E>reversed next')
  term.out('done')
  expect(written()).toBe('done\n\r\u001b[K')
})

it('JSON keeps every character, as an escape where the terminal would drop it', () => {
  const { term, written } = screen()
  const entry = { asked: `${hostile} \u{e0041}\ufeff é 🟢`, '\u009b': 1 }
  term.out(printJson(entry, 2))
  const text = written()
  expect(JSON.parse(text)).toEqual(entry)
  expect(text).toContain('é 🟢')
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})
