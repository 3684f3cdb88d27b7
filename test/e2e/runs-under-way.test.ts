import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Message } from '../../playground/slack/state/messages.ts'
import { processesWith, uniqueSleep } from '../ssh/processes.ts'
import { asText, openRig, type Rig } from './bot.ts'

/** What its probe leaves running on the host unless it is ended. */
const mark = uniqueSleep()
let rig: Rig

/** Its probe says that it has begun, and waits until the test lets it go. */
const waiting = (folder: string) => `version: 1
topic: waiting
title: A slow host
symptoms: [It takes its time]
probes:
  wait: { title: Wait, run: 'touch ${folder}/begun; sleep ${mark} & while [ ! -e ${folder}/go ]; do sleep 0.05; done; kill $!; echo done', parse: lines, timeout: 30s }
findings:
  waiting.broken: { title: It broke, when: 'wait.lines[0] != "done"', severity: critical, subject: host, detail: it broke, evidence: [wait], resolution: [Mend it] }
`

beforeAll(async () => {
  rig = await openRig({
    config: () => 'runbooks: [./own]',
    prepare: async ({ folder }, fakeSlack) => {
      mkdirSync(join(folder, 'own'))
      writeFileSync(join(folder, 'own', 'waiting.yml'), waiting(folder))
      await fakeSlack.invite('random')
    },
  })
})
afterAll(() => rig?.close())
afterEach(() => {
  for (const name of ['begun', 'go']) rmSync(file(name), { force: true })
})

const file = (name: string) => join(rig.demoHosts.folder, name)
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await delay(20)
}
const under = () => until(() => existsSync(file('begun')))
const letGo = () => writeFileSync(file('go'), '')
const messages = () => rig.fakeSlack.messages()
const seen = async () => (await messages()).map(({ ts }) => ts)
const running = async (after: readonly string[]): Promise<Message> =>
  rig.fakeSlack.waitFor(
    async () => (await messages()).find(({ ts, text }) => !after.includes(ts) && text.startsWith('⏳')),
    { what: 'the message of a run under way' },
  )
const codeOf = (message: Message): string => /run (\w+)/.exec(asText(message))?.[1] ?? ''
/** The messages of a thread whose text has this, as soon as there is one. */
const replies = async (ts: string, words: RegExp): Promise<readonly Message[]> =>
  rig.fakeSlack.waitFor(
    async () => {
      const found = (await rig.fakeSlack.replies('incidents', ts)).filter(({ text }) => words.test(text))
      return found.length > 0 && found
    },
    { what: `a reply that says ${words}` },
  )
const ana = () => `<@${rig.fakeSlack.users.ana}>`
const bo = () => `<@${rig.fakeSlack.users.bo}>`

it('the same command three times is one run: who joins is told so, and called with the verdict', async () => {
  const before = await seen()
  expect((await rig.fakeSlack.command('diagnose waiting host1')).private).toBeUndefined()
  await under()
  const first = await running(before)
  const own = await rig.fakeSlack.command('waiting host1')
  expect(asText(own.private as never)).toMatch(
    /^You already asked for waiting on host1 (a moment|\d+ s) ago: the answer comes in that thread: http\S+\.$/,
  )
  const joined = await rig.fakeSlack.command('diagnose waiting HOST1', { user: 'bo' })
  expect(asText(joined.private as never)).toMatch(
    /already asked for waiting on host1 .* that thread: http\S+ and mentions you\.$/,
  )
  letGo()
  const verdict = await rig.verdict({ after: before })
  expect(verdict.ts).toBe(first.ts)
  const calls = await replies(verdict.ts, /<@/)
  expect(calls.map(({ text }) => text)).toEqual([
    expect.stringMatching(`^${ana()} ${bo()} waiting on host1: `),
  ])
  expect(await messages()).toHaveLength(before.length + 1)
})

it('*Check again* answers in the thread of its message, once for three clicks', async () => {
  const before = await seen()
  const ts = before.at(-1) ?? ''
  const click = (user: string) =>
    rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'run_again', user })
  const clicks = await Promise.all([click('ana'), click('bo'), click('ana')])
  await under()
  const answers = clicks.flatMap((done) => done.responses()).map((answer) => asText(answer as never))
  letGo()
  const again = await replies(ts, /^🟢 waiting on host1/u)
  expect(again).toHaveLength(1)
  expect(asText(again[0] as Message)).toMatch(/checks run \w+ again/)
  expect(await seen()).toEqual(before)
  expect(answers.filter((text) => text.includes('already asked for waiting on host1'))).toHaveLength(2)
})

it('a run is cancelled by its button: its host is left at once, with nothing behind, and the message says who', async () => {
  const before = await seen()
  await rig.fakeSlack.command('diagnose waiting host1')
  await under()
  const { ts } = await running(before)
  expect(processesWith(mark)).not.toEqual([])
  await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'run_cancel', user: 'bo' })
  await until(() => processesWith(mark).length === 0)
  const said = asText(await rig.verdict({ after: before }))
  expect(said).toMatch(
    /^⚫ waiting on host1: cancelled( after \d+ s)?, host1 was not diagnosed\nCancelled by @\S+\n\[Check again\]\n/,
  )
  const calls = await replies(ts, /<@/)
  expect(calls.map(({ text }) => text)).toEqual([
    expect.stringMatching(`^${ana()} waiting on host1: cancelled`),
  ])
  const late = await rig.fakeSlack.command(`cancel ${codeOf(await rig.verdict({ after: before }))}`)
  expect(asText(late.private as never)).toMatch(/^Run \w+ was cancelled already, by @\S+\.$/)
})

it('a run is cancelled by command, from any channel, and a finished one says how it ended', async () => {
  const before = await seen()
  await rig.fakeSlack.command('diagnose waiting host1')
  await under()
  const code = codeOf(await running(before))
  const done = await rig.fakeSlack.command(`cancel ${code.toLowerCase()}`, { channel: 'random' })
  expect(asText(done.private as never)).toMatch(
    `Run ${code} (waiting on host1) was cancelled. Open the thread`,
  )
  await until(() => processesWith(mark).length === 0)
  const { ts } = await rig.verdict({ after: before })
  expect((await rig.fakeSlack.replies('incidents', ts)).map(({ text }) => text)).toEqual([])
  const fine = (await messages()).find(({ text }) => text.startsWith('🟢')) as Message
  const ended = await rig.fakeSlack.command(`cancel ${codeOf(fine)}`)
  expect(asText(ended.private as never)).toMatch(/^Run \w+ had already ended: 🟢 waiting on host1/)
})

it.each([
  ['cancel 0000', 'There is no run 0000: nothing was done.'],
  ['ack', 'Which run?'],
  ['db production host2', 'One host at a time, or several as one word, such as host1,host2'],
  ['hsot1', 'Did you mean host1?'],
  ['help cancel', 'How to use /debvisor cancel'],
])('%s is answered in a sentence', async (text, said) => {
  expect((await rig.fakeSlack.command(text)).private?.text).toContain(said)
})
