import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../playground/slack/state/messages.ts'
import { asText, openRig, type Rig } from './bot.ts'

/** Its probe waits until the test lets it go. */
const waiting = (folder: string, wanted: string) => `version: 1
topic: waiting
title: A slow host
symptoms: [It takes its time]
probes:
  wait: { title: Wait, run: 'touch ${folder}/begun; while [ ! -e ${folder}/go ]; do sleep 0.05; done; echo done', parse: lines, timeout: 30s }
findings:
  waiting.broken: { title: It is not ${wanted}, when: 'wait.lines[0] != "${wanted}"', severity: critical, subject: host, detail: it broke, evidence: [wait], resolution: [Mend it] }
`

describe('a reload', () => {
  let rig: Rig
  const file = (name: string) => join(rig.demoHosts.folder, name)
  const change = (name: string, how: (text: string) => string) =>
    writeFileSync(file(name), how(readFileSync(file(name), 'utf8')), { mode: 0o600 })
  const said = async (text: string, user = 'ana'): Promise<string> =>
    asText((await rig.fakeSlack.command(text, { user })).private as never)
  const seen = async () => (await rig.fakeSlack.messages('incidents')).map(({ ts }) => ts)
  const verdictOf = async (command: string, user = 'ana'): Promise<Message> => {
    const after = await seen()
    await rig.fakeSlack.command(command, { user })
    return rig.verdict({ after })
  }

  beforeAll(async () => {
    rig = await openRig({
      hosts: ['host1', 'host2', 'host3', 'host4'],
      config: () => 'runbooks: [./own]\n',
      prepare: ({ folder }) => {
        mkdirSync(join(folder, 'own'))
        writeFileSync(join(folder, 'own', 'waiting.yml'), waiting(folder, 'done'))
        const inventory = readFileSync(join(folder, 'inventory.yml'), 'utf8')
        writeFileSync(join(folder, 'inventory.yml'), inventory.replace(', host3: {}, host4: {}', ''))
      },
    })
  }, 60_000)
  afterAll(() => rig?.close())

  it('lets a host be diagnosed that came into the inventory', async () => {
    expect(await said('diagnose db host3')).toMatch(/host3/)
    change('inventory.yml', (text) => text.replace('host2: {}', 'host2: {}, host3: {}'))
    expect(await rig.reload()).toEqual({
      ok: true,
      lines: [expect.stringMatching(/^Reloaded: 3 hosts, \d+ topics, no access policy\.$/)],
    })
    expect((await verdictOf('diagnose db host3')).text).toContain('db on host3')
  })

  it('leaves a run that is under way as it was begun, and what comes after it goes by what is new', async () => {
    const after = await seen()
    await rig.fakeSlack.command('diagnose waiting host2')
    while (!existsSync(file('begun'))) await delay(20)
    writeFileSync(file('own/waiting.yml'), waiting(rig.demoHosts.folder, 'something else'))
    change('inventory.yml', (text) => text.replace('host2: {}, ', ''))
    expect(await rig.reload()).toMatchObject({ ok: true, lines: [expect.stringContaining('2 hosts')] })
    writeFileSync(file('go'), '')
    const ended = await rig.verdict({ after })
    expect(ended.text).toMatch(/^🟢 waiting on host2/)
    expect(await said('diagnose waiting host2')).toMatch(/host2/)
    expect((await verdictOf('diagnose waiting host3')).text).toMatch(
      /^🔴 waiting on host3: It is not something else/,
    )
    rmSync(file('go'))
  })

  it('with a mistake in any file keeps all of the old ones, and says each mistake', async () => {
    change('debvisor.yml', (text) => `${text}access: ./access.yml\n`)
    writeFileSync(file('access.yml'), 'version: 1\nrules: [{ effect: alow, users: all, actions: [read] }]\n')
    change('inventory.yml', (text) => text.replace('host3: {}', 'host3: {}, host4: {}'))
    const { ok, lines } = await rig.reload()
    expect([ok, lines]).toEqual([false, [expect.stringMatching(/access\.yml:2:\d+ rules\[0\]\.effect: /)]])
    expect(rig.log.some((line) => line.includes('nothing was reloaded') && line.includes('alow'))).toBe(true)
    // Nobody is refused who was not, and the good half counts no more than the bad one.
    expect((await verdictOf('diagnose db host1', 'bo')).text).toContain('db on host1')
    expect(await said('diagnose db host4')).toMatch(/host4/)
    const { ana } = rig.fakeSlack.users
    writeFileSync(
      file('access.yml'),
      `version: 1\nrules: [{ effect: allow, users: [${ana}], actions: [read, diagnose] }]\n`,
    )
    expect(await rig.reload()).toMatchObject({ ok: true })
    expect(await said('diagnose db host1', 'bo')).toMatch(/no rule of the access policy allows it/)
    expect((await verdictOf('diagnose db host4')).text).toContain('db on host4')
  })

  it('takes alerts of a sender that is new, and a token that was replaced in its file', async () => {
    const token = (text: string) => writeFileSync(file('token'), text, { mode: 0o600 })
    const status = async (bearer: string): Promise<number> => {
      const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
      const notice = JSON.stringify({ version: '4', alerts: [] })
      return (await fetch(`${rig.bot.url}/alerts/prometheus`, { method: 'POST', headers, body: notice }))
        .status
    }
    expect(await status('the-first-token-of-it')).toBe(404)
    token('the-first-token-of-it')
    change(
      'debvisor.yml',
      (text) =>
        `${text}alerts: { prometheus: { kind: alertmanager, channel: ${rig.fakeSlack.channels.incidents}, tokenFile: ./token } }\n`,
    )
    expect(await rig.reload()).toMatchObject({ ok: true })
    expect([await status('the-first-token-of-it'), await status('the-second-token-of-it')]).toEqual([
      202, 401,
    ])
    token('the-second-token-of-it')
    expect(await rig.reload()).toMatchObject({ ok: true })
    expect([await status('the-first-token-of-it'), await status('the-second-token-of-it')]).toEqual([
      401, 202,
    ])
    expect(rig.log.join('')).not.toMatch(/the-(first|second)-token/)
  })

  it('names what needs a restart, and keeps it', async () => {
    change(
      'debvisor.yml',
      (text) =>
        `${text.replace('127.0.0.1:0', '127.0.0.1:1')}limits: { running: 2, fleetHosts: 1 }\nlog: { level: warn }\n`,
    )
    expect(await rig.reload()).toEqual({
      ok: true,
      lines: [
        expect.stringContaining('Reloaded: '),
        'Changed in the configuration: limits.fleetHosts, log.level.',
        'http.listen has changed, which needs a restart: it stays as it was.',
        'limits.running has changed, which needs a restart: it stays as it was.',
      ],
    })
    expect((await fetch(`${rig.bot.url}/health`)).status).toBe(200)
    expect(await said('diagnose db all')).toMatch(/at most 1|1 host/)
  })

  it('over a signature of Slack’s that is gone says so, as the next start would', async () => {
    change('debvisor.yml', (text) => text.replace('slack: {', 'slack: { team: 12, '))
    expect(await rig.reload()).toMatchObject({ ok: false, lines: [expect.stringContaining('slack.team')] })
  })
})
