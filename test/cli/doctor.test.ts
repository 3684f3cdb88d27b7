import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { runCli } from '../../src/cli/program.ts'
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import { openExistingStore, openStore } from '../../src/store/open-store.ts'
import { startPagerDuty } from '../fakes/pagerduty.ts'
import { startSmtp } from '../fakes/smtp.ts'
import { prepareEmbedded } from '../fakes/stores.ts'
import { fakeTerminal } from './fake-terminal.ts'

const ROUTING_KEY = 'R0UT1NGKEY0000000000000000000000'

let fakeSlack: FakeSlack
let demoHosts: DemoHosts
beforeAll(async () => {
  fakeSlack = await startFakeSlack()
  demoHosts = await openDemoHosts({
    hosts: ['host1'],
    config: `slack: { apiUrl: '${fakeSlack.apiUrl}' }\nstore: { folder: ./store }\nrunbooks: []\n`,
  })
  writeFileSync(join(demoHosts.folder, 'no_hosts'), '')
})
afterAll(async () => {
  await demoHosts?.close()
  await fakeSlack?.close()
})

/** Where hosts are not what it is about: none of them is trusted, which is told at once. */
const noHost = 'knownHosts: ./no_hosts\n'

async function doctor(
  env: NodeJS.ProcessEnv,
  more = noHost,
  runbooks: readonly string[] = [],
  hosts: readonly string[] = [],
) {
  const { term, out, err } = fakeTerminal()
  const config = join(demoHosts.folder, 'other.yml')
  const text = readFileSync(demoHosts.config, 'utf8').replace(
    'runbooks: []',
    `runbooks: ${JSON.stringify(runbooks)}`,
  )
  writeFileSync(config, text + more, { mode: 0o600 })
  const status = await runCli(term, env, ['doctor', ...hosts, '--config', config])
  /** A line of the doctor with its remedy under it. */
  const about = (what: string): string => {
    const at = out.findIndex((line) => line.slice(2).startsWith(`${what}:`))
    return at < 0 ? '' : out.slice(at, out[at + 1]?.startsWith('    →') ? at + 2 : at + 1).join('\n')
  }
  return { status, about, err: err.join('\n'), all: out.join('\n') }
}

const tokens = () => ({ SLACK_BOT_TOKEN: fakeSlack.botToken, SLACK_APP_TOKEN: fakeSlack.appToken })

describe('debvisor doctor', () => {
  it('checks the hosts alone that are named, and asks none where a part of the pattern means no host', async () => {
    const one = await doctor({}, noHost, [], ['production'])
    expect(one.all.match(/^\S [^:]+/gmu)).toEqual(['✓ configuration', '✗ host host1', '– host host1, fixes'])
    expect(one.status).toBe(1)
    const none = await doctor({}, noHost, [], ['host1,!hots1'])
    expect(none).toMatchObject({
      status: 3,
      all: '',
      err: expect.stringMatching(/No host was asked: .*hots1/),
    })
  })

  it('finds all of it good where it is, changes nothing, and mails and pages nobody', async () => {
    const pager = await startPagerDuty({ routingKeys: [ROUTING_KEY] })
    const mail = await startSmtp()
    const more = `smtp: { url: '${mail.url}' }\npagerduty: { eventsUrl: '${pager.url}' }\n`
    const { status, about } = await doctor({ ...tokens(), PAGERDUTY_ROUTING_KEY: ROUTING_KEY }, more)
    expect(status).toBe(0)
    const topics = readdirSync(shippedRunbooks).filter((name) => name.endsWith('.yml')).length
    expect(about('configuration')).toMatch(new RegExp(`^✓ .* ${topics} topics, 1 hosts?$`))
    expect(about('Slack bot token')).toMatch(/^✓ /)
    expect(about('Slack scopes')).toBe('✓ Slack scopes: all that manifest.yml asks for')
    expect(about('Slack app token')).toMatch(/^✓ /)
    expect(about('store (embedded)')).toMatch(/^✓ .* will be made in /)
    expect(about('mail to the DevOps lead')).toMatch(/^✓ .*devops@debvisor\.internal/)
    expect(about('PagerDuty')).toMatch(/^✓ /)
    expect(about('host host1')).toMatch(new RegExp(`^✓ host host1: reached as ${demoHosts.user}, `))
    expect([pager.alerts, mail.mails, await fakeSlack.messages()]).toEqual([[], [], []])
    await pager.close()
    await mail.close()
  }, 90_000)

  // Once for both: to ask every probe of a host takes seconds of the processor.
  describe('of a host that it reaches', () => {
    let all: string
    beforeAll(async () => {
      const folder = join(demoHosts.folder, 'own')
      mkdirSync(folder, { recursive: true })
      const probe = (title: string) =>
        `{ title: ${title}, run: 'exit 77', grant: 'usermod -aG adm \${login}' }`
      writeFileSync(
        join(folder, 'own.yml'),
        `version: 1\ntopic: own\ntitle: Own\nsymptoms: [x]\nprobes:\n  first_log: ${probe('First')}\n  second_log: ${probe('Second')}\n`,
      )
      all = (await doctor(tokens(), '', [folder])).all
    })

    it('says which rights and tools are missing, with what grants them', () => {
      // This machine has no debvisor-cli, and DebVisor's own folders are not there.
      expect(all).toMatch(
        /^✓ host host1: .* \d+ of \d+ probes answer nothing yet; not tried, for nothing calls for them now: \d+ of \d+ probes$/m,
      )
      const lines = all.match(/^! host host1, \w+: .+\n {4}→ .+/gm) ?? []
      expect(lines.filter((line) => !line.includes('first_log'))).not.toEqual([])
    })

    it('names in one line all probes that lack the same thing', () => {
      const line = /^! host host1, ([\w, ]*first_log[\w, ]*): .+\n {4}→ .+$/m.exec(all)?.[1]
      expect(line?.split(', ')).toEqual(expect.arrayContaining(['first_log', 'second_log']))
      expect(all.match(/second_log/g)).toHaveLength(1)
    })
  })

  it.each([
    ['no token', {}, 'Slack', /✗ .*no bot token\n {4}→ set SLACK_BOT_TOKEN/],
    ['a wrong token', { SLACK_BOT_TOKEN: 'xoxb-wrong' }, 'Slack bot token', /✗ .*invalid_auth\n {4}→ copy/],
    ['no app token', { SLACK_APP_TOKEN: undefined }, 'Slack app token', /✗ .*\n {4}→ set SLACK_APP_TOKEN/],
    [
      'a wrong app token',
      { SLACK_APP_TOKEN: 'xapp-1' },
      'Slack app token',
      /✗ .*\n {4}→ set SLACK_APP_TOKEN/,
    ],
  ] as const)('with %s says so, and ends with 1', async (_, env, what, said) => {
    const given = Object.keys(env).length === 0 ? {} : { ...tokens(), ...env }
    const { status, about } = await doctor(given)
    expect(status).toBe(1)
    expect(about(what)).toMatch(said)
  })

  it('names the scopes that a token lacks, and what each is for', async () => {
    const narrow = await startFakeSlack({ scopes: ['commands', 'chat:write', 'users:read', 'files:write'] })
    const more = readFileSync(demoHosts.config, 'utf8').replace(fakeSlack.apiUrl, narrow.apiUrl) + noHost
    const config = join(demoHosts.folder, 'narrow.yml')
    writeFileSync(config, more)
    const { term, out } = fakeTerminal()
    const env = { SLACK_BOT_TOKEN: narrow.botToken, SLACK_APP_TOKEN: narrow.appToken }
    await runCli(term, env, ['doctor', '--config', config])
    const line = out.find((each) => each.includes('Slack scopes')) ?? ''
    expect(line).toMatch(
      /^! .*missing: app_mentions:read \(being mentioned.*\), im:write \(the direct message to the DevOps lead\), /,
    )
    expect(out.join('\n')).toContain('→ update the app from manifest.yml and install it again')
    await narrow.close()
  })

  it('says what is wrong with mail, pager and store, and does not show a secret', async () => {
    const mail = await startSmtp({ login: { user: 'bot', password: 'right-one' } })
    const more = `${noHost}smtp: { url: '${mail.url}', user: bot }\npagerduty: { eventsUrl: 'http://127.0.0.1:9/x' }\n`
    const env = {
      ...tokens(),
      SMTP_PASSWORD: 'wrong-one',
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      DATABASE_URL: 'postgres://bot:s3cr3t-pw@127.0.0.1:9/none',
    }
    const { status, about, all } = await doctor(env, more)
    expect(status).toBe(1)
    expect(about('mail to the DevOps lead')).toMatch(/^✗ /)
    expect(about('PagerDuty')).toMatch(/^✗ .*could not be reached/)
    expect(about('store (PostgreSQL)')).toMatch(/^✗ /)
    expect(all).not.toMatch(/wrong-one|s3cr3t-pw|R0UT1NG/)
    await mail.close()
  })

  it('tells a store that a running bot holds from a broken one', async () => {
    const folder = join(demoHosts.folder, 'store')
    await prepareEmbedded(folder)
    const db = await openStore({ folder, databaseUrl: undefined })
    expect((await doctor(tokens())).about('store (embedded)')).toBe(
      '✓ store (embedded): in use by a bot that runs',
    )
    await db.close()
  })

  it('leaves the schema of an older version as it is, and says what the next start does with it', async () => {
    const folder = join(demoHosts.folder, 'store')
    await prepareEmbedded(folder)
    // An older version left out the newest migration, which is all that the doctor looks at.
    const before = await openStore({ folder, databaseUrl: undefined })
    const older = await before.query<{ name: string }>(
      'DELETE FROM debvisor.migrations WHERE version = (SELECT max(version) FROM debvisor.migrations) RETURNING name',
    )
    await before.close()
    expect((await doctor(tokens())).about('store (embedded)')).toBe(
      '✓ store (embedded): opens; the next start brings its schema up to date',
    )
    const after = await openExistingStore({ folder, databaseUrl: undefined })
    const names = await after?.query<{ name: string }>('SELECT name FROM debvisor.migrations')
    await after?.close()
    expect(names?.rows).not.toContainEqual(older.rows[0])
    rmSync(folder, { recursive: true })
  })

  it('says of a host that cannot be reached at which hop and what to do, and goes on', async () => {
    const { status, about } = await doctor(tokens())
    expect(status).toBe(1)
    expect(about('host host1')).toMatch(/^✗ .*not pinned[\s\S]*→ .*debvisor hosts trust host1/)
  })

  it('could not run with a configuration that cannot be read', async () => {
    const { term, err } = fakeTerminal()
    const bad = join(demoHosts.folder, 'bad.yml')
    writeFileSync(bad, 'version: 1\nslak: {}\n')
    expect(await runCli(term, {}, ['doctor', '--config', bad])).toBe(3)
    expect(err.join('\n')).toMatch(/bad\.yml:2:1 slak: .*slack/)
  })
})
