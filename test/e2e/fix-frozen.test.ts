import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import { type DemoHosts, FIX_LOGIN, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { type Database, openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { asText } from './bot.ts'
import { prepare } from './fix-scene.ts'

/** Two bots as processes of their own on one PostgreSQL; the first is stopped between the intent of a fix and its command. */
describe.runIf(storeKinds.includes('postgres'))('a bot that freezes right before it sends a fix', () => {
  let fakeSlack: FakeSlack
  let shop: DemoHosts
  let postgres: Database | undefined
  let store: pg.Client
  const bots: ChildProcess[] = []
  const host = mkdtempSync(join(tmpdir(), 'debvisor-gauge-'))
  const stopped = signalled()
  const gone = signalled()

  beforeAll(async () => {
    fakeSlack = await startFakeSlack()
    shop = await openDemoHosts({
      hosts: ['host1', 'host2'],
      fixes: true,
      variables: [`folder: ${host}`],
      config: `slack: { apiUrl: '${fakeSlack.apiUrl}' }\nrunbooks: [./own]\naccess: ./access.yml\n`,
      // The host has not answered yet, so the command cannot have been sent.
      beforeExec: (user) => {
        if (user === FIX_LOGIN && bots[0]) freeze(bots[0])
        if (user === FIX_LOGIN) stopped.say()
      },
      onConnection: (connection) => {
        let fixes = false
        connection.on('authentication', ({ username }) => {
          fixes ||= username === FIX_LOGIN
        })
        connection.once('close', () => fixes && gone.say())
      },
    })
    prepare(shop, fakeSlack, host)
    postgres = await openDatabase()
    store = new pg.Client({ connectionString: postgres?.url ?? '' })
    await store.connect()
    writeFileSync(join(host, 'broken'), 'the needle is off\n')
  })
  afterAll(async () => {
    for (const bot of bots) bot.kill('SIGKILL')
    await store?.end()
    await postgres?.stop()
    await fakeSlack?.close()
    await shop?.close()
    rmSync(host, { recursive: true, force: true })
  })

  async function startBot(): Promise<void> {
    const before = fakeSlack.connections()
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'src/cli.ts', 'serve', '--config', shop.config],
      {
        env: {
          ...process.env,
          SLACK_BOT_TOKEN: fakeSlack.botToken,
          SLACK_APP_TOKEN: fakeSlack.appToken,
          DATABASE_URL: postgres?.url ?? '',
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    bots.push(child)
    await fakeSlack.waitFor(() => fakeSlack.connections() === before + 1, {
      what: 'a bot on its socket',
      ms: 60_000,
    })
  }
  const rows = async () => (await store.query('SELECT * FROM debvisor.fixes')).rows

  it('sends nothing when it wakes, and leaves the fix as the other bot left it', async () => {
    await startBot()
    await fakeSlack.command('diagnose gauge host2')
    const { ts } = await fakeSlack.waitFor(
      async () => (await fakeSlack.messages()).find(({ text }) => /^🔴/u.test(text)),
      { what: 'the verdict', ms: 60_000 },
    )
    await fakeSlack.click({ channel: 'incidents', ts, actionId: 'fix_apply' })
    const form = await fakeSlack.waitFor(
      () => fakeSlack.openedViews().findLast(({ view }) => view.submit)?.view,
      {
        what: 'the form',
        ms: 20_000,
      },
    )
    await fakeSlack.submit({ view: form.id })
    await stopped.said
    expect(await rows()).toMatchObject([{ state: 'running', begun: 1 }])

    await startBot()
    const thread = async () => (await fakeSlack.replies('incidents', ts)).map(asText).join('\n')
    await fakeSlack.waitFor(async () => /nobody knows whether it ran.*After: 🔴/su.test(await thread()), {
      what: 'the end of it and what came after',
      ms: 90_000,
    })
    const left = await rows()
    expect(left).toMatchObject([{ state: 'unknown', epoch: 2 }])

    bots[0]?.kill('SIGCONT')
    await gone.said
    expect(readFileSync(join(host, 'runs'), 'utf8')).toBe('')
    expect(await rows()).toEqual(left)
    expect(await thread()).toMatch(/nobody knows whether it ran/)
  }, 240_000)
})

/** Returns when no thread of it runs any more. */
function freeze(child: ChildProcess): void {
  child.kill('SIGSTOP')
  const state = () =>
    / ([A-Z]) /.exec(readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/.*\)/, ''))?.[1]
  while (state() !== 'T') {}
}

function signalled(): { readonly said: Promise<void>; readonly say: () => void } {
  let say = () => {}
  const said = new Promise<void>((resolve) => {
    say = resolve
  })
  return { said, say: () => say() }
}
