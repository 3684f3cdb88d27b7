import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { fakeTerminal } from './fake-terminal.ts'

/** This machine is the host; what it has of DebVisor is nothing, and what it has of `web` is what the probe says. */
const folder = mkdtempSync(join(tmpdir(), 'debvisor-show-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'runbooks'))
writeFileSync(
  join(folder, 'runbooks/web.yml'),
  `version: 1
topic: web
title: Web
symptoms: [pages fail]
parameters:
  webUnit: { type: unit, default: web, from: seen.fields.unit, description: Its unit }
  webPort: { type: port, default: 80, from: seen.fields.port, description: Its port }
  webUser: { type: word, default: web, from: seen.fields.user, description: Its user }
probes:
  seen:
    title: What is there
    first: true
    run: printf 'unit=%s\\nport=81\\nuser=--root\\n' {{webUnit}}-found
    parse: { keyValue: { fields: { unit: string, port: string, user: string } } }
  state: { title: State, privileged: [systemctl, cat, "{{webUnit}}"] }
lookedAt: \${seen.fields.unit} on \${seen.fields.port}
`,
)
writeFileSync(
  join(folder, 'debvisor.yml'),
  'version: 1\nrunbooks: [./runbooks]\ninventory: ./inventory.yml\n',
)
writeFileSync(
  join(folder, 'inventory.yml'),
  'all:\n  hosts:\n    here: { ansible_connection: local, webPort: 8081 }\n',
)

async function debvisor(...words: readonly string[]) {
  const { term, out, err } = fakeTerminal()
  const status = await runCli(term, {}, [...words, '--config', join(folder, 'debvisor.yml')])
  return { status, out: out.map((line) => line.trimEnd()), err: err.join('\n') }
}

describe('debvisor hosts show', () => {
  it.each([
    ['hosts', 'show', 'here'],
    ['hosts', 'here'],
  ])(
    'says what a run would take: what the inventory sets, else what the host tells, else the default',
    async (...words) => {
      const { status, out } = await debvisor(...words)
      expect(status).toBe(0)
      expect(out[0]).toMatch(/^here: /)
      expect(out).toContainEqual(expect.stringMatching(/^webUnit +web-found +found on the host$/))
      expect(out).toContainEqual(expect.stringMatching(/^webPort +8081 +inventory$/))
      expect(out).toContainEqual(expect.stringMatching(/^webUser +web$/))
    },
  )

  it('of no host of the inventory is one sentence', async () => {
    const said = await debvisor('hosts', 'show', 'there')
    expect(said).toMatchObject({
      status: 3,
      err: "debvisor: There is no host 'there' in the inventory. Did you mean 'here'?",
    })
  })
})

describe('debvisor sudoers', () => {
  it('has the names of the host where it is asked for them, else those of the guide', async () => {
    const grants = async (...more: readonly string[]) =>
      (await debvisor('sudoers', 'here', ...more)).out.join('\n')
    expect(await grants()).toMatch(/systemctl cat web$/m)
    expect(await grants('--found')).toMatch(/systemctl cat web-found$/m)
  })
})
