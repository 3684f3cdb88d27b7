import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asText, openRig, type Rig, runsStartedBy } from './bot.ts'

const HOSTS = ['host1', 'host2', 'host3', 'host4', 'host5', 'host6']
let rig: Rig

/** Its probe waits until the test lets it go. */
const waiting = (folder: string) => `version: 1
topic: waiting
title: A slow host
symptoms: [It takes its time]
probes:
  wait: { title: Wait, run: 'while [ ! -e ${folder}/go ]; do sleep 0.05; done; echo done', parse: lines, timeout: 30s }
findings:
  waiting.broken: { title: It broke, when: 'wait.lines[0] != "done"', severity: critical, subject: host, detail: it broke, evidence: [wait], resolution: [Mend it] }
`

beforeAll(async () => {
  rig = await openRig({
    hosts: HOSTS,
    config: () => 'runbooks: [./own]\nlimits: { running: 2, waitingPerUser: 3 }',
    prepare: async ({ folder }, fakeSlack) => {
      mkdirSync(join(folder, 'own'))
      writeFileSync(join(folder, 'own', 'waiting.yml'), waiting(folder))
      await fakeSlack.invite('random')
    },
  })
})
afterAll(() => rig?.close())

const messages = (channel: string) => rig.fakeSlack.messages(channel)
const seen = (words: RegExp, channel = 'incidents') =>
  rig.fakeSlack.waitFor(
    async () => (await messages(channel)).some((message) => words.test(asText(message))),
    {
      what: `a message that says ${words}`,
    },
  )

it('who waits sees how many are before them, who asks for too much is told so, and a quiet channel is next', async () => {
  const { fakeSlack } = rig
  for (const host of HOSTS.slice(0, 5)) {
    await fakeSlack.command(`waiting ${host}`)
    if (host <= 'host2') await seen(new RegExp(`⏳ waiting on ${host}|waiting on ${host}: 0 of 1`))
  }
  const started = await runsStartedBy(rig, async () => {
    const { private: refused } = await fakeSlack.command('waiting host6')
    expect(asText(refused as never)).toMatch(
      /^You have 3 runs waiting, as many as one person may have: nothing was started\. Ask again once one of them has begun, or cancel one that you no longer need: `\/debvisor cancel \w{4}`\.$/,
    )
  })
  expect(started).toEqual([])
  await seen(/waiting on host3: waiting, next in line/)
  await seen(/waiting on host5: waiting, 2 others are before it/)
  await fakeSlack.command('waiting host6', { channel: 'random', user: 'bo' })
  await seen(/waiting on host6: waiting, next in line/, 'random')
  writeFileSync(join(rig.demoHosts.folder, 'go'), '')
  await fakeSlack.waitFor(
    async () =>
      [...(await messages('incidents')), ...(await messages('random'))].filter(({ text }) =>
        text.startsWith('🟢'),
      ).length === 6,
    { what: 'all verdicts', ms: 30_000 },
  )
})

it('a verdict is there at once while Slack answers 503, and is shown when it is back', async () => {
  const { fakeSlack } = rig
  const before = (await messages('random')).map(({ ts }) => ts)
  fakeSlack.faults.fail5xx('chat.postMessage', 1_000)
  await fakeSlack.command('waiting host2', { channel: 'random' })
  await fakeSlack.waitFor(
    async () => {
      const { private: answer } = await fakeSlack.command('status')
      return asText(answer as never)
        .split('\n')[0]
        ?.includes('🟢')
    },
    { what: 'the verdict in the list' },
  )
  expect((await messages('random')).map(({ ts }) => ts)).toEqual(before)
  fakeSlack.faults.clear()
  await rig.verdict({ channel: 'random', after: before })
})
