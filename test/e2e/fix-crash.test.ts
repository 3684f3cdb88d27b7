import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { prepareEmbedded } from '../fakes/stores.ts'
import { asText } from './bot.ts'
import { prepare } from './fix-scene.ts'

/** The bot as a process of its own, so that it can be killed between the intent and the result. */
let fakeSlack: FakeSlack
let demoHosts: DemoHosts
let bot: ChildProcess | undefined
const host = mkdtempSync(join(tmpdir(), 'debvisor-gauge-'))

beforeAll(async () => {
  fakeSlack = await startFakeSlack()
  demoHosts = await openDemoHosts({
    hosts: ['host1', 'host2'],
    fixes: true,
    variables: [`folder: ${host}`],
    config: `slack: { apiUrl: '${fakeSlack.apiUrl}' }\nrunbooks: [./own]\naccess: ./access.yml\n`,
  })
  prepare(demoHosts, fakeSlack, host)
  await prepareEmbedded(join(demoHosts.folder, 'var', 'store'))
  // Counts, says that it began, and waits to be let go.
  writeFileSync(
    join(host, 'count.sh'),
    `echo "$1" >>${host}/runs; touch ${host}/begun; for i in $(seq 150); do [ -e ${host}/go ] && break; sleep 0.1; done\n`,
  )
  writeFileSync(join(host, 'broken'), 'the needle is off\n')
})
afterAll(async () => {
  bot?.kill('SIGKILL')
  await fakeSlack?.close()
  await demoHosts?.close()
  rmSync(host, { recursive: true, force: true })
})

async function startProcess(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli.ts', 'serve', '--config', demoHosts.config],
    {
      env: { ...process.env, SLACK_BOT_TOKEN: fakeSlack.botToken, SLACK_APP_TOKEN: fakeSlack.appToken },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  child.stdout?.resume()
  await fakeSlack.waitFor(() => fakeSlack.connections() === 1, { what: 'the bot on its socket', ms: 60_000 })
  return child
}

const runs = (): string[] =>
  readFileSync(join(host, 'runs'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
/** As soon as it can be submitted: it opens empty. */
const form = () =>
  fakeSlack.waitFor(() => fakeSlack.openedViews().findLast(({ view }) => view.submit)?.view, {
    what: 'the form',
    ms: 20_000,
  })
const threadOf = async (ts: string): Promise<string> =>
  (await fakeSlack.replies('incidents', ts)).map(asText).join('\n')
const verdict = () =>
  fakeSlack.waitFor(async () => (await fakeSlack.messages()).find((m) => /^(🔴|🟢)/u.test(m.text)), {
    what: 'the verdict',
    ms: 60_000,
  })

it('kill -9 while a fix runs leaves it unknown: it ran once, is looked after, and asked about', async () => {
  bot = await startProcess()
  await fakeSlack.command('diagnose gauge host2')
  const { ts } = await verdict()
  await fakeSlack.click({ channel: 'incidents', ts, actionId: 'fix_apply' })
  await fakeSlack.submit({ view: (await form()).id })
  while (!existsSync(join(host, 'begun'))) await delay(20)

  const gone = new Promise((resolve) => bot?.once('exit', resolve))
  bot.kill('SIGKILL')
  await gone
  await fakeSlack.waitFor(() => fakeSlack.connections() === 0, { what: 'the dead bot off its socket' })
  bot = await startProcess()

  const thread = await fakeSlack.waitFor(
    async () => {
      const said = await threadOf(ts)
      return said.includes('[Apply again]') ? said : undefined
    },
    { what: 'the question', ms: 90_000 },
  )
  expect(thread).toMatch(/nobody knows whether it ran · not resolved/)
  expect(thread).toContain('It is not run again by itself')
  expect(thread).toMatch(/After: 🔴 gauge on host2/)
  expect(runs()).toEqual(['plain'])
}, 240_000)

it('Apply again is a new request, with a form and a run of its own', async () => {
  const [{ ts } = { ts: '' }] = await fakeSlack.messages()
  const asked = (await fakeSlack.replies('incidents', ts)).find((m) => asText(m).includes('[Apply again]'))
  writeFileSync(join(host, 'go'), '')
  await fakeSlack.click({ channel: 'incidents', ts: asked?.ts ?? '', actionId: 'fix_apply' })
  const { id, blocks } = await form()
  expect(asText({ text: '', blocks } as never)).toContain('Mend the gauge on host2')
  expect(runs()).toHaveLength(1)
  await fakeSlack.submit({ view: id })
  await fakeSlack.waitFor(async () => (await threadOf(ts)).includes('ran · resolved'), {
    what: 'the end of it',
    ms: 60_000,
  })
  expect(runs()).toEqual(['plain', 'plain'])
}, 90_000)
