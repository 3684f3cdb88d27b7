import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { runCli } from '../../src/cli/program.ts'
import { openStore } from '../../src/store/open-store.ts'
import { prepareEmbedded } from '../fakes/stores.ts'
import { fakeTerminal } from './fake-terminal.ts'

let fakeSlack: FakeSlack
let demoHosts: DemoHosts
beforeAll(async () => {
  fakeSlack = await startFakeSlack()
  demoHosts = await openDemoHosts({
    hosts: ['host1'],
    config: `slack: { apiUrl: '${fakeSlack.apiUrl}' }\nstore: { folder: ./store }\n`,
  })
})
afterAll(async () => {
  await demoHosts?.close()
  await fakeSlack?.close()
})

async function serve(env: NodeJS.ProcessEnv, change: (config: string) => string = (same) => same) {
  const config = join(demoHosts.folder, 'changed.yml')
  writeFileSync(config, change(readFileSync(demoHosts.config, 'utf8')))
  const { term, out, err } = fakeTerminal()
  const given = { SLACK_BOT_TOKEN: fakeSlack.botToken, SLACK_APP_TOKEN: fakeSlack.appToken, ...env }
  return { status: await runCli(term, given, ['serve', '--config', config]), out, err }
}

describe('debvisor serve', () => {
  // The embedded store may take long to start on a busy machine.
  it.each([
    ['no bot token', { SLACK_BOT_TOKEN: undefined }, /bot token is missing: put it into SLACK_BOT_TOKEN/],
    [
      'a token of another kind',
      { SLACK_BOT_TOKEN: 'xapp-1-A' },
      /begins with xoxb-, and this begins with xapp-/,
    ],
    [
      'a wrong bot token',
      { SLACK_BOT_TOKEN: 'xoxb-wrong' },
      /^debvisor: Slack says invalid_auth to the bot token\. Look at SLACK_BOT_TOKEN/,
    ],
    [
      'no app token',
      { SLACK_APP_TOKEN: undefined },
      /app-level token is missing: put it into SLACK_APP_TOKEN/,
    ],
    [
      'a wrong app token',
      { SLACK_APP_TOKEN: 'xapp-wrong' },
      /does not open a socket: .*\. Look at SLACK_APP_TOKEN/,
    ],
    [
      'a store that nobody answers for',
      { DATABASE_URL: 'postgres://b:pw-of-b@127.0.0.1:9/x' },
      /^debvisor: .*PostgreSQL/,
    ],
  ] as const)(
    'with %s ends with one sentence and status 3',
    async (_, env, said) => {
      const { status, out, err } = await serve(env)
      expect({ status, out }).toEqual({ status: 3, out: [] })
      expect(err.filter((line) => line.startsWith('debvisor: '))).toHaveLength(1)
      expect(err.join('\n')).toMatch(said)
      expect(err.join('\n')).not.toContain('pw-of-b')
    },
    90_000,
  )

  it('where Slack cannot be reached blames the network, not the token', async () => {
    const { status, err } = await serve({}, (config) =>
      config.replace(fakeSlack.apiUrl, 'http://127.0.0.1:9/api/'),
    )
    expect(status).toBe(3)
    expect(err.join('\n')).toMatch(/^debvisor: Slack cannot be reached at http:\/\/127\.0\.0\.1:9\/api\/: /)
  })

  it('for another workspace than the configured one does not start', async () => {
    const { status, err } = await serve({}, (config) => config.replace('slack: {', 'slack: { team: T0OTHER,'))
    expect(status).toBe(3)
    expect(err.join('\n')).toMatch(
      /belongs to workspace T\w+, but slack\.team in the configuration is T0OTHER/,
    )
  })

  it('where its address is taken names the setting', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const { status, err } = await serve({}, (config) => config.replace('127.0.0.1:0', `127.0.0.1:${port}`))
    taken.close()
    expect(status).toBe(3)
    expect(err.join('\n')).toContain(
      `Cannot listen on 127.0.0.1:${port}: another process, perhaps another bot, has it.`,
    )
  })

  it('beside another bot on the same embedded store does not start, and names the process to stop', async () => {
    const db = await openStore({ folder: join(demoHosts.folder, 'store'), databaseUrl: undefined })
    const { status, err } = await serve({})
    await db.close()
    expect(status).toBe(3)
    expect(err.join('\n')).toMatch(new RegExp(`in use by process ${process.pid}: stop that one first`))
  })

  it('reloads when it is asked to, by a command or by SIGHUP, and ends as ever', async () => {
    const config = join(demoHosts.folder, 'reloaded.yml')
    const inventory = join(demoHosts.folder, 'reloaded-inventory.yml')
    writeFileSync(inventory, readFileSync(join(demoHosts.folder, 'inventory.yml')))
    const text = readFileSync(demoHosts.config, 'utf8').replace('./store', './reloaded-store')
    writeFileSync(config, `${text}inventory: ./reloaded-inventory.yml\n`)
    await prepareEmbedded(join(demoHosts.folder, 'reloaded-store'))
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'serve', '--config', config], {
      env: { ...process.env, SLACK_BOT_TOKEN: fakeSlack.botToken, SLACK_APP_TOKEN: fakeSlack.appToken },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let log = ''
    child.stdout.setEncoding('utf8').on('data', (part) => {
      log += part
    })
    const logged = async (words: string) => {
      while (!log.includes(words) && child.exitCode === null) await delay(20)
      expect(log).toContain(words)
    }
    try {
      await logged('the bot is up')
      const { term, out, err } = fakeTerminal()
      const env = { SLACK_BOT_TOKEN: fakeSlack.botToken }
      expect(await runCli(term, env, ['reload', '--config', config])).toBe(0)
      expect([out, err]).toEqual([[expect.stringMatching(/^process \d+: Reloaded: 1 hosts/)], []])
      writeFileSync(inventory, 'all: [')
      child.kill('SIGHUP')
      await logged('nothing was reloaded')
      child.kill('SIGTERM')
      const ended = await new Promise((resolve) => child.once('exit', resolve))
      expect(ended).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
  }, 60_000)
})
