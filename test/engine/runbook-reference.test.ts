import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import { loadRunbooks } from '../../src/engine/load-runbooks.ts'
import { specialParsers } from '../../src/engine/parsers/index.ts'
import { MADE_BELOW, runbookReference } from '../../src/engine/runbook-reference.ts'
import { printProblem } from '../../src/yaml/problem.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const committed = readFileSync(join(root, 'docs', 'runbooks.md'), 'utf8')
const [byHand = '', made = ''] = committed.split(MADE_BELOW)

describe('docs/runbooks.md', () => {
  it('is what schema and parsers say (else: npm run build && node scripts/runbook-reference.mjs)', () => {
    expect(runbookReference(root, committed)).toBe(committed)
  })

  it('explains every key, and shows a sample for every parser', () => {
    expect(made.split('\n').filter((line) => /^\| \**`[\w]+`\** .*\| +\|$/.test(line))).toEqual([])
    for (const name of Object.keys(specialParsers)) {
      const section = made.split('\n### ').find((text) => text.startsWith(`\`special: ${name}\``)) ?? ''
      expect(section).toContain('```text\n')
      expect(section).toMatch(/`\.(fields|rows)`/)
    }
  })

  describe('its first runbook', () => {
    const folder = mkdtempSync(join(tmpdir(), 'debvisor-first-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    const [, , yaml = ''] = [...byHand.matchAll(/```yaml\n([\s\S]+?)```/g)].map(([, text]) => text)

    it('is good', () => {
      const path = join(folder, 'runbooks', 'backups.yml')
      mkdirSync(dirname(path))
      writeFileSync(path, yaml)
      const loaded = loadRunbooks([shippedRunbooks, dirname(path)], { guards: true })
      expect(loaded.ok ? [...loaded.runbooks.topics.keys()] : loaded.problems.map(printProblem)).toContain(
        'backups',
      )
    })
  })
})
