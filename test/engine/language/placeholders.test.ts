import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  fill,
  placeholderMistakes,
  shellPlaceholderMistakes,
} from '../../../src/engine/language/placeholders.ts'

const names = new Set(['unit', 'port'])

it('puts values in, once, and leaves alone what is no placeholder', () => {
  const values = new Map([['unit', '{{port}}']])
  const quote = (text: string) => `<${text}>`
  expect(fill("show {{unit}} {{port}} '{{.Names}}'", values, quote)).toBe(
    "show <{{port}}> {{port}} '{{.Names}}'",
  )
})

it.each([
  ['systemctl show {{unit}}', []],
  ["docker ps --format '{{.Names}}' {{unit}}", []],
  ['cat <<X\nok {{unit}}\nX', []],
  ["# don't\ncat {{unit}}", []],
  ["echo it\\'s {{unit}}", []],
  ['echo "a\\"b" {{unit}} $((1#1))', []],
  ['echo \\{{unit}}', ['`{{unit}}` is within quotes; take them away, the value is quoted when it is put in']],
  ['{{ unit }}', ['there is no parameter `{{ unit }}`; did you mean `{{unit}}`?']],
  ['{{host}}', ['there is no parameter `{{host}}`']],
  [
    'grep "x {{unit}}"',
    ['`{{unit}}` is within quotes; take them away, the value is quoted when it is put in'],
  ],
  [
    "awk '/{{port}}/'",
    ['`{{port}}` is within quotes; take them away, the value is quoted when it is put in'],
  ],
])('checks %j', (script, mistakes) => {
  expect(shellPlaceholderMistakes(script, names)).toEqual(mistakes)
})

it('lets quotes be in an argv, which no shell sees', () => {
  expect(placeholderMistakes("'{{unit}}'", names)).toEqual([])
})

it('agrees with the shell: a placeholder that is let through keeps its value one word', () => {
  const piece = fc.constantFrom("'", '"', '\\', ' ', 'a', '#', ';', '$x', '{{unit}}')
  const scripts = fc.array(piece, { maxLength: 8 }).map((parts) => `printf '<%s>' ${parts.join('')}\n`)
  const value = 'it\'s $HOME; `id` "x"'
  const quote = (text: string) => `'${text.split("'").join("'\\''")}'`
  fc.assert(
    fc.property(scripts, (script) => {
      fc.pre(script.includes('{{unit}}') && shellPlaceholderMistakes(script, names).length === 0)
      const filled = fill(script, new Map([['unit', value]]), quote)
      let said: string
      try {
        said = execFileSync('/bin/sh', ['-c', filled], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        })
      } catch {
        return
      }
      if (said.includes('it')) expect(said).toContain(value)
    }),
    { numRuns: 150 },
  )
})
