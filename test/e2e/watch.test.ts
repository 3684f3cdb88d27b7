import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Message } from '../../playground/slack/state/messages.ts'
import type { Db } from '../../src/store/db.ts'
import { openStore } from '../../src/store/open-store.ts'
import { type Database, openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { asText, openRig, type Rig } from './bot.ts'

/** It has each trouble for as long as a file is there. */
const looking = (folder: string) => `version: 1
topic: looking
title: A host that gets well
symptoms: [It is ill]
probes:
  ill: { title: Is it ill, run: 'test -e ${folder}/ill && echo ill || echo well', parse: lines }
  full: { title: Is it full, run: 'test -e ${folder}/full && echo full || echo empty', parse: lines }
findings:
  looking.ill: { title: It is ill, when: 'ill.lines[0] == "ill"', severity: critical, subject: host, detail: it is ill, evidence: [ill], resolution: [Mend it] }
  looking.full: { title: It is full, when: 'full.lines[0] == "full"', severity: critical, subject: host, detail: it is full, evidence: [full], resolution: [Empty it] }
`

// Nobody waits five minutes here: the test makes looks due, which takes a second session on the store.
describe.skipIf(storeKinds[0] !== 'postgres')('a watch', () => {
  let database: Database
  let db: Db
  let rig: Rig
  beforeAll(async () => {
    database = (await openDatabase()) as Database
    rig = await openRig({
      databaseUrl: database.url,
      config: ({ channels }) => `runbooks: [./own]
schedules:
  nightly: { cron: '0 3 * * *', topic: looking, host: host2, channel: ${channels.random} }
`,
      prepare: async ({ folder }, fakeSlack) => {
        mkdirSync(join(folder, 'own'))
        writeFileSync(join(folder, 'own', 'looking.yml'), looking(folder))
        writeFileSync(join(folder, 'ill'), '')
        await fakeSlack.invite('random')
      },
    })
    db = await openStore({ databaseUrl: database.url, folder: '' })
  })
  afterAll(async () => {
    await rig?.close()
    await db?.close()
    await database?.stop()
  })

  const has = (trouble: 'ill' | 'full', is: boolean) => {
    const file = join(rig.demoHosts.folder, trouble)
    if (is) writeFileSync(file, '')
    else rmSync(file, { force: true })
  }
  const replies = (ts: string, channel = 'incidents') => rig.fakeSlack.replies(channel, ts)
  const reply = (ts: string, words: RegExp): Promise<Message> =>
    rig.fakeSlack.waitFor(async () => (await replies(ts)).find((each) => words.test(asText(each))), {
      what: `a reply that says ${words}`,
      ms: 30_000,
    })
  const makeDue = () => db.query('UPDATE debvisor.watches SET next_at = now() WHERE ended_at IS NULL')
  const posts = () => rig.fakeSlack.calls('chat.postMessage').length

  it('looks quietly in the thread of its incident, tells another cause once, and who asked when it stays well', async () => {
    await rig.fakeSlack.command('looking host1')
    const verdict = await rig.verdict()
    const { ts } = verdict
    expect(asText(verdict)).toContain('[Watch until healthy]')
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'watch_start', user: 'bo' })
    const watch = await reply(ts, /^👀 looking on host1: watched until it is well/)
    expect(watch.text).not.toContain('<@')
    await rig.fakeSlack.waitFor(
      async () =>
        !asText((await rig.fakeSlack.messages()).find((each) => each.ts === ts)).includes('Watch until'),
      { what: 'the button is gone' },
    )

    const before = posts()
    await makeDue()
    await reply(ts, /Look 1, .*🔴 not well: it is ill \(run /)
    expect(posts()).toBe(before)

    has('ill', false)
    has('full', true)
    await makeDue()
    const changed = await reply(
      ts,
      /^🔴 looking on host1: It is full\nThe watch of this thread found another verdict than before\.\n[\s\S]*the verdict has changed/,
    )
    expect(asText(changed)).toContain('[Open ticket]')
    expect(asText(changed)).not.toContain('[Watch until healthy]')
    // An edit notifies nobody, and neither does a reply that names nobody: the evidence calls whoever watches.
    const called = await reply(ts, /^@\w+ 🔴 looking on host1: It is full/)
    expect(called.text).toMatch(new RegExp(`^<@${rig.fakeSlack.users.bo}> .*looking on host1`))
    await makeDue()
    await reply(ts, /Look 3, .*not well: it is full/)

    has('full', false)
    for (const look of ['Look 4, .*🟢 healthy, 1 of 3 in a row', 'Look 5, .*🟢 healthy, 2 of 3 in a row']) {
      await makeDue()
      await reply(ts, new RegExp(look))
    }
    const { private: listed } = await rig.fakeSlack.command('watch')
    expect(asText(listed as never)).toMatch(
      /looking on host1 every 5 minutes: healthy 2 of 3, by @\w+ since /,
    )
    await makeDue()
    const well = await reply(
      ts,
      /^@\w+ 🟢 looking on host1: well, and it stayed so: 3 healthy looks in a row/,
    )
    expect(well.text).toBe(
      `<@${rig.fakeSlack.users.bo}> looking on host1: well, and it stayed so: 3 healthy looks in a row`,
    )
    expect(asText(await reply(ts, /^☑️ looking on host1: watched until it was well/))).not.toContain('[')
    await rig.fakeSlack.waitFor(
      async () => (await rig.fakeSlack.messages()).find((each) => each.ts === ts)?.text.startsWith('☑️'),
      { what: 'the first message solved' },
    )
  }, 90_000)

  it('ends by a word in its thread, and whoever stops their own is told nothing', async () => {
    has('ill', true)
    const seen = (await rig.fakeSlack.messages()).map(({ ts }) => ts)
    await rig.fakeSlack.command('looking host1')
    const { ts } = await rig.verdict({ after: seen })
    await rig.fakeSlack.mention('@debvisor watch every 10m', { threadTs: ts })
    await reply(ts, /Looks every 10 minutes, until 3 looks in a row are healthy/)
    await rig.fakeSlack.mention('@debvisor unwatch', { threadTs: ts })
    await reply(
      ts,
      /^⚫ looking on host1: no longer watched\n0 looks, every 10 minutes, till .*, stopped by @/,
    )
    expect((await replies(ts)).some(({ text }) => text.includes('stopped the watch'))).toBe(false)
  })

  it('at set times tells a channel of a verdict that is another than the time before, and of no other', async () => {
    const { private: listed } = await rig.fakeSlack.command('schedule')
    expect(asText(listed as never)).toMatch(
      /nightly: looking on host2 `0 3 \* \* \*` UTC, next .* 03:00 UTC, told in #\S+, from the configuration/,
    )
    const comes = async () => {
      await db.query(`UPDATE debvisor.schedules SET next_at = now()`)
      const isDone = `SELECT 1 FROM debvisor.schedules s JOIN debvisor.scheduled_looks l ON l.schedule = s.id
        WHERE s.next_at > now() AND l.due_at IS NULL AND l.look IS NULL AND l.known IS NOT NULL`
      await vi.waitUntil(async () => (await db.query(isDone)).rowCount === 1, {
        timeout: 30_000,
        interval: 200,
      })
    }
    const told = async () => (await rig.fakeSlack.messages('random')).map(({ text }) => text)
    has('ill', false)
    await comes()
    expect(await told()).toEqual([])
    has('ill', true)
    await comes()
    const ill = await rig.verdict({ channel: 'random' })
    expect(asText(ill)).toMatch(
      /^🔴 looking on host2: It is ill[\s\S]*asked by nightly · [\s\S]*schedule nightly$/,
    )
    expect(ill.text).not.toContain('<@')
    await comes()
    has('ill', false)
    await comes()
    await rig.fakeSlack.waitFor(async () => /^☑️ looking on host2/.test((await told())[0] ?? ''), {
      what: 'the first message solved',
    })
    await rig.fakeSlack.waitFor(
      async () =>
        (await replies(ill.ts, 'random')).some(({ text }) => text.startsWith('🟢 looking on host2')),
      { what: 'that it is over, in its thread' },
    )
    expect(await told()).toHaveLength(1)
  }, 60_000)
})
