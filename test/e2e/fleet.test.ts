import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../playground/slack/state/messages.ts'
import { asText, openRig, type Rig } from './bot.ts'

/** It has its trouble for as long as the file of that host is there, and waits while another is. */
const looking = (folder: string) => `version: 1
topic: looking
title: A host that is ill or not
symptoms: [It is ill]
parameters:
  trouble: { type: path, default: ${folder}/none, description: Where its trouble is }
probes:
  ill:
    title: Is it ill
    run: 'i=0; while test -e ${folder}/slow && test $i -lt 100; do i=$((i+1)); sleep 0.1; done; test -e {{trouble}} && echo ill || echo well'
    parse: lines
    timeout: 20s
findings:
  looking.ill: { title: It is ill, when: 'ill.lines[0] == "ill"', severity: critical, subject: host, detail: it is ill, evidence: [ill], resolution: [Mend it] }
`

const HOSTS = ['host1', 'host2', 'host3'] as const

describe('many hosts at once', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await openRig({
      hosts: [...HOSTS],
      config: () => 'runbooks: [./own]\nlimits: { fleetHosts: 5 }\n',
      prepare: ({ folder }) => {
        mkdirSync(join(folder, 'own'))
        writeFileSync(join(folder, 'own', 'looking.yml'), looking(folder))
        const path = join(folder, 'inventory.yml')
        const text = readFileSync(path, 'utf8').replace(
          /host([123]): {}/g,
          (_, number) => `host${number}: { trouble: ${folder}/ill${number} }`,
        )
        // Nothing listens at the first port.
        writeFileSync(
          path,
          `${text}    web:\n      hosts: { host1: , host2: , dead1: { ansible_port: 1 } }\n`,
        )
        appendFileSync(path, `    many:\n      hosts: { m1: , m2: , m3: , m4: , m5: , m6: }\n`)
      },
    })
  })
  afterAll(() => rig?.close())

  const set = (file: string, is: boolean) => {
    const path = join(rig.demoHosts.folder, file)
    if (is) writeFileSync(path, '')
    else rmSync(path, { force: true })
  }
  const seen = async () => (await rig.fakeSlack.messages()).map(({ ts }) => ts)
  const shown = async (ts: string) => (await rig.fakeSlack.messages()).find((each) => each.ts === ts)
  const replies = (ts: string) => rig.fakeSlack.replies('incidents', ts)
  const reply = (ts: string, words: RegExp): Promise<Message> =>
    rig.fakeSlack.waitFor(async () => (await replies(ts)).find((each) => words.test(asText(each))), {
      what: `a reply that says ${words}`,
      ms: 30_000,
    })

  it('are one message, whose table has the worst first, and shows a host when somebody asks for it', async () => {
    set('ill2', true)
    await rig.fakeSlack.command('diagnose looking web')
    const answer = await rig.verdict()
    const { ts } = answer
    expect(answer.text).toBe('🔴 looking on web: 1 of 3 hosts in trouble, 1 unreachable')
    expect(asText(answer)).toMatch(
      /🔴 host2 · It is ill · [\s\S]*⚫ dead1 · 127\.0\.0\.1 port 1: connection refused[\s\S]*🟢 healthy: host1/,
    )
    const told = await reply(ts, /^@\w+ 🔴 looking on web/)
    expect(told.text).toBe(
      `<@${rig.fakeSlack.users.ana}> looking on web: 1 of 3 hosts in trouble, 1 unreachable; host2: it is ill`,
    )
    await rig.fakeSlack.waitFor(async () => (await rig.fakeSlack.files()).length === 2, { what: 'two files' })
    expect(await seen()).toEqual([ts])

    const menu = { channel: 'incidents', ts, actionId: 'fleet_host' }
    expect((await rig.fakeSlack.menu(menu)).map(({ text }) => text.split(':')[0])).toEqual([
      '🔴 host2',
      '⚫ dead1',
      '🟢 host1',
    ])
    const [found] = await rig.fakeSlack.menu({ ...menu, typed: 'T2' })
    await rig.fakeSlack.click({ ...menu, value: found?.value ?? '' })
    const own = await reply(ts, /^🔴 looking on host2: It is ill[\s\S]*\[Open ticket\]/)
    expect(own.text).not.toContain('<@')
    expect(await seen()).toEqual([ts])
  })

  it('are checked again in their thread, those that were not well alone', async () => {
    const [ts = ''] = await seen()
    set('ill2', false)
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'fleet_again_open' })
    await reply(ts, /^⚫ looking on \S+: 1 of 2 hosts unreachable/)
  })

  it('are lines of text where Slack does not know the table', async () => {
    set('ill3', true)
    const before = await seen()
    rig.fakeSlack.faults.refuseBlock('data_table')
    await rig.fakeSlack.command('diagnose looking host3,dead1')
    const answer = await rig.verdict({ after: before })
    rig.fakeSlack.faults.clear()
    expect(answer.blocks?.map(({ type }) => type)).not.toContain('data_table')
    expect(asText(answer)).toMatch(/\n🔴 host3 · It is ill · it is ill · [\d.]+ s\n⚫ dead1 · /)
    set('ill3', false)
  })

  it('end together where somebody cancels them, and are told so', async () => {
    set('slow', true)
    const before = await seen()
    await rig.fakeSlack.command('diagnose looking host*')
    const { ts } = await rig.fakeSlack.waitFor(
      async () => (await rig.fakeSlack.messages()).find((each) => !before.includes(each.ts)),
      { what: 'the message' },
    )
    expect((await shown(ts))?.text).toBe('⏳ looking on host*: 0 of 3 hosts done')
    const { private: status } = await rig.fakeSlack.command('status')
    expect(asText(status as never)).toMatch(/⏳ looking on host\*: 0 of 3 hosts done · fleet F\w+, /)
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'fleet_cancel', user: 'bo' })
    const said = '⚪ looking on host*: cancelled, 3 of 3 hosts without a verdict'
    await rig.fakeSlack.waitFor(async () => (await shown(ts))?.text === said, { what: 'the answer' })
    await reply(ts, /looking on host\*: cancelled, 3 of 3 hosts without a verdict/)
    set('slow', false)
  })

  it('go on where the bot is started anew in the middle', async () => {
    set('slow', true)
    const before = await seen()
    await rig.fakeSlack.command('diagnose looking host1,host2,host3')
    await rig.fakeSlack.waitFor(async () => (await seen()).length > before.length, { what: 'the message' })
    await rig.restart()
    set('slow', false)
    const answer = await rig.verdict({ after: before })
    expect(answer.text).toBe('🟢 looking on host1,host2,host3: all 3 hosts are healthy')
    expect(await seen()).toHaveLength(before.length + 1)
  }, 60_000)

  it.each([
    ['diagnose looking wbe*', 'Nothing was started: `wbe*` fits no host and no group.'],
    [
      'diagnose looking all:!hots1',
      'Nothing was started: there is no host or group `hots1` in the inventory; did you mean `host1`?',
    ],
    [
      'diagnose looking web:!',
      'Nothing was started: a `!` or `&` in the pattern has no host or group behind it.',
    ],
    ['diagnose looking host1:!host1', 'Nothing was started: no host is left of `host1:!host1`.'],
    [
      'diagnose looking many',
      '`many` means 6 hosts, and at most 5 may be asked about together here: nothing was started.',
    ],
  ])('are refused in a sentence: %s', async (command, sentence) => {
    const before = await seen()
    const { private: answer } = await rig.fakeSlack.command(command)
    expect(asText(answer as never)).toContain(sentence)
    expect(await seen()).toEqual(before)
  })
})
