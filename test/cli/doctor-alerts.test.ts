import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import { type DemoHosts, openDemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { checkAlerts } from '../../src/cli/doctor/alerts.ts'
import { checkSchedules } from '../../src/cli/doctor/schedules.ts'
import { runCli } from '../../src/cli/program.ts'
import { setUp } from '../../src/cli/set-up.ts'
import { fakeTerminal } from './fake-terminal.ts'

let fakeSlack: FakeSlack
let demoHosts: DemoHosts
beforeAll(async () => {
  fakeSlack = await startFakeSlack({})
  demoHosts = await openDemoHosts({ hosts: ['host1', 'host2'] })
  writeFileSync(join(demoHosts.folder, 'token'), 'a-token-of-sixteen\n', { mode: 0o600 })
})
afterAll(async () => {
  await demoHosts?.close()
  await fakeSlack?.close()
})

/** Small topics: what is told of senders does not depend on them. */
const read = (alerts: string, rules?: string) => {
  writeFileSync(join(demoHosts.folder, 'access.yml'), `version: 1\nrules: [${rules ?? ''}]\n`)
  const access = rules === undefined ? '' : 'access: ./access.yml\n'
  writeFileSync(
    demoHosts.config,
    `version: 1\nslack: { apiUrl: '${fakeSlack.apiUrl}' }\n${access}alerts:\n${alerts}`,
  )
  return setUp(
    { SLACK_BOT_TOKEN: fakeSlack.botToken },
    { config: demoHosts.config },
    { shipped: 'test/e2e/small-topics' },
  )
}
const check = async (alerts: string, rules?: string) => {
  const ready = read(alerts, rules)
  if (!ready.ok) throw new Error(ready.sentences.join('\n'))
  return checkAlerts(ready.config, ready.policy)
}
const sentences = (alerts: string, rules?: string): readonly string[] => {
  const ready = read(alerts, rules)
  return ready.ok ? [] : ready.sentences
}
const sender = (more = '') =>
  `  prometheus: { kind: alertmanager, channel: ${fakeSlack.channels.incidents}, tokenFile: ./token${more} }\n`

describe('debvisor doctor, of senders of alerts', () => {
  it('says where each posts and with what, and never its secret', async () => {
    const checks = await check(sender())
    expect(checks).toEqual([
      {
        ...{ what: 'alerts of prometheus', state: 'good' },
        said: 'alertmanager posts to http://127.0.0.1:8090/alerts/prometheus with a bearer token',
        remedy: 'set `http.publicUrl`, unless prometheus is on this machine',
      },
    ])
    expect(JSON.stringify(checks)).not.toContain('a-token-of-sixteen')
  })

  it('says where the bot is not in the channel', async () => {
    const there = sender().replace(fakeSlack.channels.incidents, fakeSlack.channels.random)
    expect(await check(there)).toMatchObject([
      { state: 'bad', remedy: expect.stringContaining('/invite @debvisor') },
    ])
  })

  it('says where the access policy lets it do nothing, with the rule to add', async () => {
    expect(await check(sender(), '{ effect: allow, users: all, actions: [diagnose] }')).toMatchObject([
      {
        state: 'bad',
        remedy: expect.stringContaining('{ effect: allow, alerts: [prometheus], actions: [diagnose] }'),
      },
    ])
    const rule = '{ effect: allow, alerts: all, topics: [db], actions: [diagnose] }'
    expect(await check(sender(), rule)).toMatchObject([{ state: 'good' }])
  })
})

describe('debvisor doctor, of schedules', () => {
  const nightly = (channel: string, rules?: string) => {
    writeFileSync(join(demoHosts.folder, 'access.yml'), `version: 1\nrules: [${rules ?? ''}]\n`)
    const access = rules === undefined ? '' : 'access: ./access.yml\n'
    const schedule = `{ cron: '0 3 * * *', topic: db, host: host1, channel: ${channel} }`
    writeFileSync(
      demoHosts.config,
      `version: 1\nslack: { apiUrl: '${fakeSlack.apiUrl}' }\n${access}schedules:\n  nightly: ${schedule}\n`,
    )
    const env = { SLACK_BOT_TOKEN: fakeSlack.botToken }
    const ready = setUp(env, { config: demoHosts.config }, { shipped: 'test/e2e/small-topics' })
    if (!ready.ok) throw new Error(ready.sentences.join('\n'))
    return checkSchedules(ready.config, ready.policy)
  }

  it('says when each looks at what, where the policy does not let it, and where the bot is not in its channel', async () => {
    const { incidents, random } = fakeSlack.channels
    expect(await nightly(incidents)).toEqual([
      { what: 'schedule nightly', state: 'good', said: 'db on host1, 0 3 * * * UTC' },
    ])
    expect(await nightly(incidents, '{ effect: allow, users: all, actions: [diagnose] }')).toMatchObject([
      { state: 'bad', remedy: expect.stringContaining('schedules: [nightly], actions: [diagnose] }') },
    ])
    expect(await nightly(random)).toMatchObject([
      { state: 'bad', remedy: expect.stringContaining('/invite @debvisor') },
    ])
  })
})

describe('what a sender of alerts is given', () => {
  it('are topics and groups that there are, and names that a policy may use', () => {
    expect(sentences(sender(', topics: { Disk: perfomance }')).join()).toContain(
      'alerts.prometheus.topics: there is no topic perfomance for Disk.',
    )
    expect(sentences(sender(', topics: { Disk: srvice }')).join()).toContain("Did you mean 'service'?")
    expect(sentences(sender(', hostGroups: [productoin]')).join()).toContain(
      "alerts.prometheus.hostGroups: the inventory has no group productoin. Did you mean 'production'?",
    )
    const rule = '{ effect: allow, alerts: [promtheus], actions: [diagnose] }'
    expect(sentences(sender(), rule).join()).toContain('did you mean `prometheus`?')
    expect(sentences(sender(', topics: { Disk: service }, hostGroups: [production]'))).toEqual([])
  })

  it('is explained by `access explain`, by rule', async () => {
    read(sender(), '{ effect: allow, alerts: [prometheus], hosts: [host1], actions: [diagnose] }')
    const explain = async (who: string, host: string) => {
      const { term, out, err } = fakeTerminal()
      const status = await runCli(term, {}, [
        'access',
        'explain',
        who,
        'diagnose',
        host,
        '--config',
        demoHosts.config,
      ])
      return { status, said: [...out, ...err].join('\n') }
    }
    expect(await explain('alerts:prometheus', 'host1')).toMatchObject({
      status: 0,
      said: expect.stringContaining('allowed: rule 1'),
    })
    expect(await explain('alerts:prometheus', 'host2')).toMatchObject({
      status: 1,
      said: expect.stringContaining('Alerts of prometheus may not diagnose on host2'),
    })
    expect((await explain('alerts:promtheus', 'host1')).said).toContain("Did you mean 'prometheus'?")
  }, 30_000)
})
