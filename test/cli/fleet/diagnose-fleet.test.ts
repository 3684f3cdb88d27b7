import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoHosts, openDemoHosts } from '../../../playground/ssh/demo-hosts.ts'
import { runCli } from '../../../src/cli/program.ts'
import { publishedSchema } from '../../../src/engine/report-schema.ts'
import { fakeTerminal } from '../fake-terminal.ts'

const runbook = `version: 1
topic: flag
title: A flag
symptoms: [Somebody raised it]
parameters:
  flag: { type: word, default: down, description: What the flag says }
probes:
  flag: { title: Flag, run: 'echo {{flag}}', parse: lines }
  made_of: { title: What it is made of, run: 'printf "package\\tlibflag\\t\\t\\t%s\\n" {{flag}}; printf "end\\t\\t\\t\\t\\n"', snapshot: true }
findings:
  flag.raised: { title: The flag is raised, when: 'flag.lines[0] == "up"', severity: critical, subject: flag, detail: 'it says \${flag.lines[0]}', evidence: [flag], resolution: [Take it down] }
  flag.odd: { title: The flag is odd, when: 'flag.lines[0] == "odd"', severity: warning, subject: flag, detail: it is odd, evidence: [flag], resolution: [Look at it] }
`

let demoHosts: DemoHosts
beforeAll(async () => {
  demoHosts = await openDemoHosts({ hosts: ['web1', 'web2', 'web3', 'db1', 'db2', 'db3'] })
  mkdirSync(join(demoHosts.folder, 'own'))
  writeFileSync(join(demoHosts.folder, 'own', 'flag.yml'), runbook)
  writeFileSync(demoHosts.config, `${readFileSync(demoHosts.config, 'utf8')}runbooks: [./own]\n`)
  const inventory = join(demoHosts.folder, 'inventory.yml')
  const text = readFileSync(inventory, 'utf8')
    .replace('web2: {}', 'web2: { flag: up }')
    .replace('db1: {}', 'db1: { flag: up }')
    .replace('web3: {}', 'web3: { ansible_port: 1 }')
  writeFileSync(inventory, text)
})
afterAll(() => demoHosts?.close())

async function diagnose(...words: string[]) {
  const { term, out, err } = fakeTerminal()
  const status = await runCli(term, {}, ['diagnose', ...words, '--config', demoHosts.config])
  return { status, out: out.join('\n'), err: err.join('\n') }
}

describe('debvisor diagnose, of many hosts', () => {
  it('answers with one table, the worst first, what is the same and what sets it apart; the status is of the worst', async () => {
    const { status, out } = await diagnose('flag', 'all')
    expect(status).toBe(1)
    const lines = out.split('\n')
    expect(lines[0]).toBe('flag on all: 6 hosts, 🔴 2 in trouble, ⚫ 1 unreachable, 🟢 3 healthy')
    expect(lines.slice(2, 5).map((line) => line.replace(/ +\d+\.\d s +/, ' '))).toEqual([
      expect.stringMatching(/^🔴 web2 The flag is raised {2}│ {2}it says up$/),
      expect.stringMatching(/^🔴 db1 The flag is raised {2}│ {2}it says up$/),
      expect.stringMatching(/^⚫ web3 .*refused/),
    ])
    expect(out).toContain('🟢 healthy: web1, db2, db3')
    expect(out).toContain('2 of 6: The flag is raised (flag): web2, db1')
    expect(out).toContain(
      'What sets the 2 hosts with “The flag is raised” apart from the 2 healthy ones of staging:',
    )
    expect(out).toContain('2 of 2, but 0 of 2 healthy: package libflag is up (healthy: down)')
  })

  it('takes a pattern, and says which part of it means nothing before anything is asked', async () => {
    const well = await diagnose('flag', 'staging:&db*:!db1')
    expect(well).toMatchObject({ status: 0, out: expect.stringContaining('2 hosts, 🟢 2 healthy') })
    const slip = await diagnose('flag', 'all:!dbl')
    expect(slip).toMatchObject({
      status: 3,
      out: '',
      err: 'debvisor: Nothing was asked: there is no host or group `dbl` in the inventory; did you mean `db1`?',
    })
  })

  it('tells each host as a line of JSON when it is done, in which a report is as of one host', async () => {
    const { out, status } = await diagnose('flag', 'web*', '--format', 'json', '--concurrency', '1')
    expect(status).toBe(1)
    const lines = out.split('\n').map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { host: 'web1', standing: 'healthy', report: { verdict: 'healthy' } },
      { host: 'web2', standing: 'critical', report: { verdict: 'problem' } },
      { host: 'web3', standing: 'unreachable', reason: expect.any(String), remedy: expect.any(String) },
    ])
    publishedSchema.parse(lines[1].report)
  })

  it('prints CSV that no spreadsheet takes for a formula', async () => {
    const { out } = await diagnose('flag', 'web2,web3', '--format', 'csv')
    expect(out.split('\n')).toEqual([
      'host,standing,summary,figures,ms',
      expect.stringMatching(/^web2,critical,The flag is raised,it says up,\d+$/),
      expect.stringMatching(/^web3,unreachable,"?.*refused.*"?,,$/),
    ])
  })

  it('ends well only where all answered: a host that could not be examined is no success', async () => {
    expect((await diagnose('flag', 'web1,web3')).status).toBe(3)
    expect((await diagnose('flag', 'web1,db2')).status).toBe(0)
  })

  it.each([
    [['flag', 'all', '!web1'], "What is '!web1' after all?"],
    [['web1', 'db1,db2'], "What is 'db1,db2' after web1?"],
    [['web1', 'db*'], "What is 'db*' after web1?"],
    [['web1', 'staging'], "What is 'staging' after web1?"],
  ])('asks nobody where hosts stand in several words: %j', async (words, said) => {
    const { status, out, err } = await diagnose(...words)
    expect({ status, out }).toEqual({ status: 3, out: '' })
    expect(err).toContain(said)
  })

  it('takes other hosts in what is wrong for words', async () => {
    expect(
      await diagnose('web1', 'cannot', 'reach', 'db1,', 'somebody', 'raised', 'a', 'flag'),
    ).toMatchObject({ status: 0 })
  })

  it('has no recording and no baseline of many', async () => {
    expect(await diagnose('flag', 'web*', '--record', join(demoHosts.folder, 'r'))).toMatchObject({
      status: 3,
      err: 'debvisor: --record takes a single host; web* means 3.',
    })
  })
})
