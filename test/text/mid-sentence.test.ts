import { expect, it } from 'vitest'
import { midSentence } from '../../src/text/mid-sentence.ts'

it.each([
  ['The paths that errors name', 'the paths that errors name'],
  ['Timers', 'timers'],
  ['A login with its own settings', 'a login with its own settings'],
  ["DebVisor's unit", "DebVisor's unit"],
  ['PostgreSQL answers', 'PostgreSQL answers'],
  ['TCP counters', 'TCP counters'],
  ['Python finds no module', 'Python finds no module'],
  ["Python's module path", "Python's module path"],
  ['Type=notify of the unit', 'Type=notify of the unit'],
  ['nginx on port 80', 'nginx on port 80'],
])('%s within a sentence: %s', (title, within) => {
  expect(midSentence(title)).toBe(within)
})
