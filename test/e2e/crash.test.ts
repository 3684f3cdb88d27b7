import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { prepareEmbedded } from '../fakes/stores.ts'

/** The bot as a process of its own, so that it can be killed. */
let fakeSlack: FakeSlack
let demoHosts: DemoHosts
let bot: ChildProcess | undefined

beforeAll(async () => {
  fakeSlack = await startFakeSlack()
  demoHosts = await openDemoHosts({
    hosts: ['host1'],
    config: `slack: { apiUrl: '${fakeSlack.apiUrl}' }\nrunbooks: [./own]\n`,
  })
  mkdirSync(join(demoHosts.folder, 'own'))
  writeFileSync(join(demoHosts.folder, 'own', 'slow.yml'), slowRunbook)
  await prepareEmbedded(join(demoHosts.folder, 'var', 'store'))
})
afterAll(async () => {
  bot?.kill('SIGKILL')
  await fakeSlack?.close()
  await demoHosts?.close()
})

/** Its first probe waits for a file, so the test decides when the run may go on. */
const slowRunbook = `version: 1
topic: waiting
title: A slow host
symptoms: [It takes its time]
parameters:
  folder: { type: path, description: Where the test leaves its files }
probes:
  wait: { title: Wait, run: 'touch {{folder}}/begun; for i in $(seq 250); do [ -e {{folder}}/go ] && break; sleep 0.1; done; echo done', parse: lines, timeout: 30s }
findings:
  waiting.broken: { title: It broke, when: 'wait.lines[0] != "done"', severity: critical, subject: host, detail: it broke, evidence: [wait], resolution: [Mend it] }
`

/** It is `bot` from its first moment on, so that it is ended too where it never connects. */
async function startProcess(): Promise<ChildProcess> {
  const inventory = join(demoHosts.folder, 'inventory.yml')
  const text = readFileSync(inventory, 'utf8')
  if (!text.includes('folder:'))
    writeFileSync(inventory, text.replace('vars:\n', `vars:\n    folder: ${demoHosts.folder}\n`))
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli.ts', 'serve', '--config', demoHosts.config],
    {
      env: { ...process.env, SLACK_BOT_TOKEN: fakeSlack.botToken, SLACK_APP_TOKEN: fakeSlack.appToken },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  bot = child
  child.stdout?.resume()
  await fakeSlack.waitFor(() => fakeSlack.connections() === 1, { what: 'the bot on its socket', ms: 60_000 })
  return child
}

const file = (name: string) => join(demoHosts.folder, name)
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await delay(20)
}

it('a run survives kill -9: the next process takes it up in the same message, with one verdict', async () => {
  bot = await startProcess()
  await fakeSlack.command('diagnose waiting host1')
  await until(() => existsSync(file('begun')))
  const first = await fakeSlack.waitFor(async () => (await fakeSlack.messages())[0], { what: 'its message' })
  expect(first.text).toContain('waiting on host1: running')

  const gone = new Promise((resolve) => bot?.once('exit', resolve))
  bot.kill('SIGKILL')
  await gone
  await fakeSlack.waitFor(() => fakeSlack.connections() === 0, { what: 'the dead bot off its socket' })
  rmSync(file('begun'))
  bot = await startProcess()
  await until(() => existsSync(file('begun')))
  writeFileSync(file('go'), '')
  const ended = await fakeSlack.waitFor(
    async () => (await fakeSlack.messages()).find((m) => m.text.startsWith('🟢')),
    {
      what: 'the verdict of the run that was cut off',
      ms: 60_000,
    },
  )
  expect(ended.ts).toBe(first.ts)
  expect(await fakeSlack.messages()).toHaveLength(1)
}, 120_000)

it('SIGTERM ends the process with status 0, and a command afterwards starts nothing', async () => {
  const gone = new Promise<number | null>((resolve) => bot?.once('exit', resolve))
  bot?.kill('SIGTERM')
  expect(await gone).toBe(0)
  expect(await fakeSlack.messages()).toHaveLength(1)
}, 30_000)
