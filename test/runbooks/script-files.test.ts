import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { scriptArgv } from '../../src/engine/compile/script-files.ts'
import type { ProbeFile } from '../../src/engine/runbook/schema.ts'

/** The files below src/runbooks/scripts/ as their readers, their tools and the runbooks see them. */

const runbooks = fileURLToPath(new URL('../../src/runbooks', import.meta.url))
const below = (folder: string, ending: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => ending.test(name))
const text = (name: string): string => readFileSync(join(runbooks, 'scripts', name), 'utf8')
const scripts = below(join(runbooks, 'scripts'), /\.(sh|pl)$/)
const probes = below(runbooks, /\.yml$/).flatMap((file) =>
  Object.entries(
    (parse(readFileSync(join(runbooks, file), 'utf8')).probes ?? {}) as Record<string, ProbeFile>,
  ),
)
const named = probes.flatMap(([, { script }]) => (script === undefined ? [] : [scriptArgv(script)]))
const first = new Set(named.map(([name = '']) => name))

describe('scripts', () => {
  it('are such that sh and perl read them (shellcheck: node scripts/lint-scripts.mjs)', () => {
    const lint = fileURLToPath(new URL('../../scripts/lint-scripts.mjs', import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, [lint, '--without-shellcheck'], {
      encoding: 'utf8',
    })
    expect(`${stdout}${stderr}`).toBe(`${scripts.length} scripts are fine\n`)
  })

  it('are each of some use: to a probe, or to a script that is', () => {
    const beside = (name: string) =>
      [...text(name).matchAll(/(?:^ *\. |perl [^\n]*?|^require ")(\.\.?\/\S+\.(?:sh|pl))/gm)].map(
        ([, file = '']) => join(name, '..', file),
      )
    const direct = scripts.filter((name) => first.has(name)).flatMap(beside)
    const used = [...direct, ...direct.flatMap(beside)]
    expect(scripts.filter((name) => !first.has(name) && !used.includes(name))).toEqual([])
  })

  it.each(scripts.filter((name) => first.has(name)))(
    '%s says what it answers, reads, prints and needs',
    (name) => {
      const [header = ''] = text(name).split('\n\n')
      expect(header).toMatch(/^#!\/(bin\/sh|usr\/bin\/perl)\n# .+\?\n#\n/)
      for (const part of ['Reads', 'Prints', 'Needs']) expect(header).toMatch(new RegExp(`^# ${part}: `, 'm'))
      const told = /^# Arguments: (.*(?:\n# {3}.*)*)\.$/m.exec(header)?.[1]?.split(/,\s+(?:# +)?/) ?? []
      for (const [file, ...args] of named) if (file === name) expect(args).toHaveLength(told.length)
    },
  )

  it('have each a test that runs it, by its file (scripts/ask.ts) or by its probe (scripts.ts)', () => {
    const tests = fileURLToPath(new URL('.', import.meta.url))
    const all = below(tests, /\.test\.ts$/)
      .map((name) => readFileSync(join(tests, name), 'utf8'))
      .join('\n')
    const probesOf = (script: string) =>
      probes.flatMap(([id, { script: given }]) =>
        given !== undefined && scriptArgv(given)[0] === script ? [id] : [],
      )
    const untested = [...first].filter(
      (script) => ![script, ...probesOf(script)].some((word) => all.includes(`'${word}'`)),
    )
    expect(untested).toEqual([])
  })

  it('are where the shell of a probe is longer than five lines, or is Perl', () => {
    const long = probes.filter(
      ([, { run = '' }]) => run.trimEnd().split('\n').length > 5 || /\bperl\b/.test(run),
    )
    expect(long.map(([id]) => id)).toEqual([])
  })
})
