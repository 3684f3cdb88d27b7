import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { configJsonSchema } from '../../src/config/schema.ts'
import { printProblem } from '../../src/yaml/problem.ts'

type Env = Record<string, string>
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'))
})

const load = (yaml?: string, env: Env = {}) => {
  if (yaml !== undefined) writeFileSync(join(folder, 'debvisor.yml'), yaml)
  return loadConfig({ folder, env })
}
function good(yaml?: string, env: Env = {}): Config {
  const loaded = load(yaml, env)
  if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
  return loaded.config
}
function problems(yaml?: string, env: Env = {}): string[] {
  const loaded = load(yaml, env)
  return loaded.ok ? [] : loaded.problems.map(printProblem)
}
function secretFile(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe('what is configured', () => {
  test('without a file, the defaults in the current folder', () => {
    expect(good()).toEqual({
      file: undefined,
      slack: { mode: 'socket' },
      http: { host: '127.0.0.1', port: 8090 },
      store: { folder: join(folder, 'var/store') },
      inventory: join(folder, 'inventory.yml'),
      isInventoryNamed: false,
      knownHosts: join(folder, 'known_hosts'),
      ssh: {},
      fixes: {},
      limits: {
        running: 8,
        runningPerHost: 4,
        runningAlerts: 4,
        runningFleets: 4,
        fleetHosts: 50,
        waiting: 500,
        waitingPerChannel: 50,
        waitingPerUser: 20,
        watches: 50,
        watchesPerUser: 10,
        schedules: 50,
      },
      runbooks: [],
      escalation: {
        lead: { email: 'devops@debvisor.internal', from: 'debvisor@debvisor.internal' },
        webhookSecrets: [],
        acknowledgeWithin: [],
      },
      mirrors: {},
      alerts: [],
      schedules: [],
      retention: {
        outputs: 30,
        runs: 365,
        looks: 30,
        fleets: 90,
        snapshots: 30,
        alerts: 30,
        size: 10 * 2 ** 30,
      },
      log: { level: 'info' },
      secrets: [],
    })
  })

  test('paths belong to the folder of the file, wherever it is read from', () => {
    mkdirSync(join(folder, 'etc'))
    writeFileSync(
      join(folder, 'etc/d.yml'),
      'version: 1\ninventory: hosts.yml\nrunbooks: [../books, /srv/books]\nssh: { keyFile: ~/.ssh/k }\n',
    )
    const loaded = loadConfig({ file: 'etc/d.yml', folder, env: {} })
    expect(loaded).toMatchObject({
      ok: true,
      config: {
        file: join(folder, 'etc/d.yml'),
        inventory: join(folder, 'etc/hosts.yml'),
        runbooks: [join(folder, 'books'), '/srv/books'],
        ssh: { keyFile: join(homedir(), '.ssh/k') },
      },
    })
  })

  test('the example can be used as it is: it names nobody, and its schema agrees', () => {
    copyFileSync('debvisor.example.yml', join(folder, 'debvisor.yml'))
    const { slack, escalation } = good()
    expect(slack.team).toBeUndefined()
    expect(escalation).toMatchObject({ smtp: undefined, pagerduty: undefined })
    expect(escalation.lead.slackUser).toBeUndefined()
    const valid = new Ajv2020({ strict: false }).compile(configJsonSchema())
    const example: unknown = parse(readFileSync('debvisor.example.yml', 'utf8'))
    expect(valid(example), JSON.stringify(valid.errors)).toBe(true)
    expect(valid({ version: 1 })).toBe(true)
    expect(valid({ version: 1, slack: { botToken: 'x' } })).toBe(false)
  })

  test('the example names every key that there is', () => {
    const text = readFileSync('debvisor.example.yml', 'utf8')
    const names = [
      ...JSON.stringify(configJsonSchema()).matchAll(
        /"([A-Za-z]+)":\{"(?:description|default|type|\$ref|anyOf)/g,
      ),
    ]
    const ofSchemas = ['properties', 'items', 'propertyNames', 'additionalProperties']
    const keys = names.map((m) => m[1] ?? '').filter((name) => !ofSchemas.includes(name))
    expect(keys.length).toBeGreaterThan(25)
    for (const key of keys) expect(text).toContain(key)
  })

  test('it cannot be changed afterwards', () => {
    const config = good()
    expect(() => Object.assign(config.slack, { mode: 'http' })).toThrow(TypeError)
    expect(() => Object.assign(config.secrets, { 0: 'x' })).toThrow(TypeError)
  })
})

describe('secrets', () => {
  const env = {
    SLACK_BOT_TOKEN: 'xoxb-1-one',
    SLACK_APP_TOKEN: ' xapp-1-two\n',
    SLACK_SIGNING_SECRET: 'signing-three',
    PAGERDUTY_ROUTING_KEY: 'routing-four',
    PAGERDUTY_API_TOKEN: 'token-eight',
    PAGERDUTY_WEBHOOK_SECRET: 'hook-nine, hook-before',
    SMTP_PASSWORD: 'smtp-five',
    SSH_PASSPHRASE: 'phrase six',
    DATABASE_URL: 'postgres://app:p%40ss-seven@db1/app',
  }

  test('come from the environment, and the redactor gets every one', () => {
    const config = good('version: 1\nsmtp: { url: "smtp://127.0.0.1:2525", user: debvisor }\n', env)
    expect(config.slack).toMatchObject({
      botToken: 'xoxb-1-one',
      appToken: 'xapp-1-two',
      signingSecret: 'signing-three',
    })
    expect(config.escalation.pagerduty).toEqual({
      eventsUrl: 'https://events.pagerduty.com/v2/enqueue',
      routingKey: 'routing-four',
    })
    expect(config.escalation.pagerApi).toEqual({
      apiUrl: 'https://api.pagerduty.com',
      token: 'token-eight',
      schedules: [],
      escalationPolicies: [],
    })
    expect(config.escalation.webhookSecrets).toEqual(['hook-nine', 'hook-before'])
    expect(config.escalation.smtp).toEqual({
      url: 'smtp://127.0.0.1:2525',
      user: 'debvisor',
      password: 'smtp-five',
    })
    expect(config.ssh.passphrase).toBe('phrase six')
    expect(config.store.databaseUrl).toBe(env.DATABASE_URL)
    expect([...config.secrets].sort()).toEqual(
      [
        'xoxb-1-one',
        'xapp-1-two',
        'signing-three',
        'routing-four',
        'token-eight',
        'hook-nine',
        'hook-before',
        'smtp-five',
        'phrase six',
        'p%40ss-seven',
        'p@ss-seven',
      ].sort(),
    )
  })

  test('or from files of their own; the environment wins', () => {
    secretFile('bot', 'xoxb-from-file\n')
    secretFile('app', 'xapp-from-file\r\n')
    const yaml = 'version: 1\nslack: { botTokenFile: bot, appTokenFile: ./app }\n'
    expect(good(yaml).slack).toMatchObject({ botToken: 'xoxb-from-file', appToken: 'xapp-from-file' })
    expect(good(yaml, { SLACK_BOT_TOKEN: 'xoxb-env' }).slack.botToken).toBe('xoxb-env')
    expect(good(yaml, { SLACK_BOT_TOKEN: '' }).slack.botToken).toBe('xoxb-from-file')
    const named = secretFile('other', 'xoxb-named-by-env')
    expect(good(yaml, { SLACK_BOT_TOKEN_FILE: named }).slack.botToken).toBe('xoxb-named-by-env')
  })

  test('each line of a secret file is one', () => {
    secretFile('list', 'first-secret\n\nsecond-secret\n')
    expect(good('version: 1\nredact: { secretFiles: [list] }\n').secrets).toEqual([
      'first-secret',
      'second-secret',
    ])
  })

  test.each([
    'postgres://postgres:postgres@db1/app',
    'postgresql://app:app@/app?host=/run/postgresql',
    'postgres:///app',
  ])('%s has no password that could be hidden', (url) => {
    expect(good(undefined, { DATABASE_URL: url }).secrets).toEqual([])
  })

  test.each([0o640, 0o604, 0o660, 0o644])('a file of mode %o is refused', (mode) => {
    const path = secretFile('bot', 'xoxb-from-file', mode)
    expect(problems('version: 1\nslack:\n  botTokenFile: bot\n')).toEqual([
      `debvisor.yml:3:17 slack.botTokenFile: others than its owner can read or write ${path}; run \`chmod 600 ${path}\``,
    ])
  })
})

describe('each mistake gets its place and a remedy', () => {
  test.each<[name: string, yaml: string, expected: string]>([
    [
      'a token in the file',
      'slack: { botToken: xoxb-oops }',
      ':2:10 slack.botToken: a secret never stands in this file; put it into SLACK_BOT_TOKEN or the file that `slack.botTokenFile` names',
    ],
    [
      'a database in the file',
      'store: { databaseUrl: "postgres://a:oops@b/c" }',
      'store.databaseUrl: a secret never stands in this file',
    ],
    [
      'a mail password in the file',
      'smtp: { url: "smtp://a:1", password: oops }',
      'smtp.password: a secret never stands in this file',
    ],
    [
      'a mail password in the URL',
      'smtp: { url: "smtp://u:oops@a:1" }',
      'smtp.url: take login and password out of the URL',
    ],
    ['a routing key in the file', 'pagerduty: { routingKey: oops }', 'put it into PAGERDUTY_ROUTING_KEY'],
    ['a mistyped key', 'slak: { mode: http }', 'unknown key `slak`; did you mean `slack`?'],
    ['a mistyped mode', 'slack: { mode: sockets }', 'did you mean `socket`?'],
    [
      'an API elsewhere without encryption',
      'slack: { apiUrl: "http://slack.example.com/api/" }',
      'slack.apiUrl: write https://',
    ],
    ['an API that does not end in /api/', 'slack: { apiUrl: "https://slack.example.com/" }', 'ends in /api/'],
    [
      'events without encryption',
      'pagerduty: { eventsUrl: "http://pager.example.com" }',
      'pagerduty.eventsUrl: write https://',
    ],
    [
      'a token for another host',
      'pagerduty: { apiUrl: "https://pager.example.com" }',
      'pagerduty.apiUrl: write https://api.pagerduty.com or',
    ],
    [
      'a schedule by name',
      'pagerduty: { schedules: [night shift] }',
      'an id of PagerDuty is letters and digits',
    ],
    [
      'a time limit without an end',
      'escalation: { acknowledgeWithin: [{ minutes: 0, then: offer }] }',
      'escalation.acknowledgeWithin[0].minutes',
    ],
    [
      'a time limit that leads nowhere',
      'escalation: { acknowledgeWithin: [{ minutes: 10, then: wait }] }',
      'escalation.acknowledgeWithin[0].then',
    ],
    [
      'a host that only looks like this machine',
      'pagerduty: { eventsUrl: "http://127.0.0.1.example.com/" }',
      'write https://',
    ],
    [
      'a password in a public URL',
      'http: { publicUrl: "https://u:oops@example.com" }',
      'holds no login or password',
    ],
    ['no port to listen on', 'http: { listen: localhost }', 'http.listen: write address:port'],
    ['a time to keep that is none', 'retention: { outputs: 30 }', 'retention.outputs: '],
    [
      'a time to keep without end',
      'retention: { alerts: 4000d }',
      'retention.alerts: write a number of days from 1d to 3650d',
    ],
    [
      'snapshots that nothing is compared with',
      'retention: { snapshots: 31d }',
      'from 1d to 30d, such as 30d',
    ],
    [
      'outputs that outlive their run',
      'retention: { runs: 20d }',
      'retention: outputs may not be kept for longer (30d) than runs (20d)',
    ],
    [
      'looks that outlive runs',
      'retention: { looks: 400d }',
      'retention: looks may not be kept for longer (400d) than runs (365d)',
    ],
    [
      'a size that is none',
      'retention: { size: 10G }',
      'retention.size: write a size, such as 500MB or 10GB, or unlimited',
    ],
    ['a port that is none', 'http: { listen: "127.0.0.1:99999" }', 'write address:port'],
    [
      'a user by name',
      'escalation: { lead: { slackUser: "@ana" } }',
      'a Slack user is an id such as U0123ABCD',
    ],
    [
      'a mail address that is none',
      'escalation: { lead: { email: "ana@x>,eve@y" } }',
      'write one plain mail address',
    ],
    [
      'a missing secret file',
      'redact: { secretFiles: [nowhere] }',
      'redact.secretFiles[0]: there is no file',
    ],
    ['a folder for a secret', 'slack: { botTokenFile: . }', 'is not a file'],
    ['mail without a server', 'smtp: {}', '`url` is missing'],
  ])('%s', (_, yaml, expected) => {
    const found = problems(`version: 1\n${yaml}\n`)
    expect(found.join('\n')).toContain(expected)
    expect(found.join('\n')).not.toContain('oops')
    for (const problem of found) expect(problem).toMatch(/^debvisor\.yml:2:\d+ /)
  })

  test.each<[name: string, env: Env, expected: string]>([
    [
      'a database that is no URL',
      { DATABASE_URL: 'host=db1 password=oops' },
      'environment:1:1 DATABASE_URL: this is no URL of PostgreSQL',
    ],
    [
      'two lines for a token',
      { SLACK_BOT_TOKEN: 'xoxb-oops\nxoxb-2' },
      'environment:1:1 SLACK_BOT_TOKEN: a secret is one line',
    ],
    [
      'too short a password',
      { SMTP_PASSWORD: 'abc' },
      'environment:1:1 SMTP_PASSWORD: a secret has 4 characters at least',
    ],
    [
      'a file that is not there',
      { SMTP_PASSWORD_FILE: '/nowhere/x' },
      'environment:1:1 SMTP_PASSWORD_FILE: there is no file /nowhere/x',
    ],
  ])('in the environment: %s', (_, env, expected) => {
    expect(problems(undefined, env).join('\n')).toContain(expected)
    expect(problems(undefined, env).join('\n')).not.toContain('oops')
  })

  test('all of them at once', () => {
    expect(problems('version: 2\nslak: 1\nlog: { level: loud }\nssh: { user: "a b" }\n')).toHaveLength(4)
    secretFile('empty', '')
    const env = { DATABASE_URL: 'mysql://x', SMTP_PASSWORD: 'abc' }
    expect(problems('version: 1\nslack: { botTokenFile: empty, appTokenFile: nowhere }\n', env)).toHaveLength(
      4,
    )
  })

  test('a file that was named and is not there', () => {
    expect(loadConfig({ file: 'no.yml', folder, env: {} })).toMatchObject({
      ok: false,
      problems: [{ file: 'no.yml', message: expect.stringContaining('copy debvisor.example.yml') }],
    })
    expect(loadConfig({ file: '.', folder, env: {} })).toMatchObject({ ok: false })
  })

  test('an empty file', () => {
    expect(problems('')[0]).toContain('debvisor.yml:1:1')
  })
})

test.each([
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['[::1]:8090', { host: '::1', port: 8090 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
])('it listens on %s', (listen, expected) => {
  expect(good(`version: 1\nhttp: { listen: "${listen}" }\n`).http).toMatchObject(expected)
})

test.each([
  ['500MB', 500 * 2 ** 20],
  ['2 TB', 2 * 2 ** 40],
  ['unlimited', null],
])('what is kept may have %s', (size, bytes) => {
  expect(good(`version: 1\nretention: { size: ${size}, outputs: 7d, looks: 1d }\n`).retention).toEqual({
    ...{ outputs: 7, runs: 365, looks: 1, fleets: 90, snapshots: 30, alerts: 30 },
    size: bytes,
  })
})

test('URLs on this machine need no encryption', () => {
  const yaml = `version: 1
slack: { apiUrl: "http://127.0.0.1:4100/api/" }
pagerduty: { eventsUrl: "http://[::1]:4200/v2/enqueue" }
http: { publicUrl: "http://localhost:8090" }
`
  expect(good(yaml).slack.apiUrl).toBe('http://127.0.0.1:4100/api/')
})

describe('metrics', () => {
  test('are there where the key is, with the token that the redactor knows', () => {
    expect(good('version: 1', { DEBVISOR_METRICS_TOKEN: 'a-token-of-metrics' }).metrics).toBeUndefined()
    expect(good('version: 1\nmetrics: {}').metrics).toEqual({})
    const file = secretFile('metrics-token', 'a-token-of-metrics\n')
    const config = good(`version: 1\nmetrics: { listen: 127.0.0.1:9464, tokenFile: ${file} }`)
    const listen = { host: '127.0.0.1', port: 9464 }
    expect(config.metrics).toEqual({ listen, token: 'a-token-of-metrics' })
    expect(config.secrets).toContain('a-token-of-metrics')
  })

  test.each([
    ['metrics: { token: a-token-of-metrics }', 'a secret never stands in this file'],
    ['metrics: { listen: everywhere }', 'write address:port'],
    ['metrics: { path: /m }', 'path'],
  ])('%s is refused', (yaml, said) => {
    expect(problems(`version: 1\n${yaml}`).join()).toContain(said)
  })

  test('have a token of a length that cannot be guessed', () => {
    const said = problems('version: 1\nmetrics: {}', { DEBVISOR_METRICS_TOKEN: 'short' }).join()
    expect(said).toContain('16 characters or more')
  })
})

describe('traces', () => {
  const at = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.internal:4318/' }

  test('go where the variables of OpenTelemetry say, and nowhere without them', () => {
    expect(good('version: 1').traces).toBeUndefined()
    expect(good('version: 1', at).traces).toEqual({
      url: 'http://collector.internal:4318/v1/traces',
      headers: {},
      service: 'debvisor',
    })
    expect(good('version: 1', { ...at, OTEL_SDK_DISABLED: 'true' }).traces).toBeUndefined()
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://x.example/t', OTEL_SERVICE_NAME: 'bot' }
    expect(good('version: 1', { ...at, ...own }).traces).toMatchObject({
      url: 'https://x.example/t',
      service: 'bot',
    })
  })

  test('carry headers, whose values are secrets', () => {
    const OTEL_EXPORTER_OTLP_HEADERS = 'x-team=ops, authorization=Bearer%20t0ken-of-collector'
    const { traces, secrets } = good('version: 1', {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x.example',
      OTEL_EXPORTER_OTLP_HEADERS,
    })
    expect(traces?.headers).toEqual({ 'x-team': 'ops', authorization: 'Bearer t0ken-of-collector' })
    expect(secrets).toContain('Bearer t0ken-of-collector')
  })

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'this is no URL'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:pw@collector:4318' }, 'no login or password'],
    [{ ...at, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer x' }, 'write https://'],
    [{ ...at, OTEL_EXPORTER_OTLP_HEADERS: 'authorization' }, 'name=value'],
    [{ ...at, OTEL_EXPORTER_OTLP_HEADERS: 'a=%' }, 'name=value'],
  ])('with %j are refused', (env, said) => {
    const told = problems('version: 1', env).join()
    expect(told).toContain(said)
    expect(told).not.toContain('pw')
  })
})

describe('mirrors of tickets', () => {
  const three = `version: 1
mirrors:
  github: { repository: acme/ops }
  jira: { site: 'https://acme.atlassian.net', project: OPS, user: bot@acme.example }
  webhook: { url: 'https://hooks.example.com/debvisor' }
`
  const secrets = {
    DEBVISOR_GITHUB_TOKEN: 'ghp_one',
    DEBVISOR_JIRA_TOKEN: 'jira-two',
    DEBVISOR_WEBHOOK_SECRET: 'webhook-three-456',
  }

  test('are on with their secrets, which the redactor knows', () => {
    const config = good(three, secrets)
    expect(config.mirrors).toEqual({
      github: {
        repository: 'acme/ops',
        apiUrl: 'https://api.github.com',
        labels: ['debvisor'],
        token: 'ghp_one',
      },
      jira: {
        site: 'https://acme.atlassian.net',
        project: 'OPS',
        issueType: 'Task',
        labels: ['debvisor'],
        user: 'bot@acme.example',
        token: 'jira-two',
      },
      webhook: { url: 'https://hooks.example.com/debvisor', secret: 'webhook-three-456' },
    })
    expect(config.secrets).toEqual(Object.values(secrets))
  })

  test('are off where a secret is there and the tracker is not named', () => {
    expect(good('version: 1', secrets).mirrors).toEqual({})
  })

  test('take a secret from a file of its own', () => {
    const file = secretFile('token', 'ghp_from_file\n')
    const { mirrors } = good(`version: 1\nmirrors: { github: { repository: a/b, tokenFile: ${file} } }`)
    expect(mirrors.github?.token).toBe('ghp_from_file')
  })

  test('without their secret are told what to set', () => {
    expect(problems(three, { ...secrets, DEBVISOR_JIRA_TOKEN: '' })).toEqual([
      'debvisor.yml:4:9 mirrors.jira: it needs a token: set DEBVISOR_JIRA_TOKEN or the file that `mirrors.jira.tokenFile` names',
    ])
  })

  test.each([
    ['github: { repository: ops }', 'a repository is owner/name'],
    ['github: { repository: acme/.. }', 'a repository is owner/name'],
    ['github: { repository: a/b, apiUrl: "http://api.github.com" }', 'write https://'],
    ['github: { repository: a/b, apiUrl: "https://me:pw@x.example" }', 'holds no login'],
    ['github: { repository: a/b, token: ghp_x }', 'a secret never stands in this file'],
    ['github: { repository: a/b, labels: ["a b"] }', 'a label is letters'],
    ['jira: { site: "https://x.example/jira?a=b", project: OPS, user: a@b.example }', 'no `?`'],
    ['jira: { site: "https://x.example/jira", project: OPS, user: a@b.example }', 'write the site alone'],
    ['jira: { site: "https://x.example", project: ops, user: a@b.example }', 'a project is its key'],
    ['webhook: { url: "http://10.0.0.1/" }', 'write https://'],
    ['gitlab: {}', 'gitlab'],
  ])('%s is refused', (yaml, said) => {
    expect(problems(`version: 1\nmirrors: { ${yaml} }`, secrets).join()).toContain(said)
  })

  test('have a secret that signs of a length that cannot be guessed', () => {
    expect(problems(three, { ...secrets, DEBVISOR_WEBHOOK_SECRET: 'short' }).join()).toContain(
      '16 characters or more',
    )
  })
})

describe('senders of alerts', () => {
  const token = () => secretFile('token', 'a-token-of-sixteen\n')
  const of = (more: string) => `version: 1\nalerts:\n  prometheus: { channel: C0123ABCD, ${more} }\n`

  test('have what proves them from a file, which the redactor knows', () => {
    const config = good(of(`kind: alertmanager, tokenFile: ${token()}`))
    expect(config.alerts).toMatchObject([
      {
        ...{ name: 'prometheus', kind: 'alertmanager', channel: 'C0123ABCD', most: 20, topics: {} },
        proof: { way: 'bearer', secrets: ['a-token-of-sixteen'] },
      },
    ])
    expect(config.secrets).toContain('a-token-of-sixteen')
  })

  test('prove themselves in the way of their kind, with two secrets while one is replaced', () => {
    secretFile('two', 'the-old-one-of-16,the-new-one-of-16\n')
    const proof = (more: string) => good(of(more)).alerts[0]?.proof
    const secrets = ['the-old-one-of-16', 'the-new-one-of-16']
    expect(proof('kind: grafana, user: grafana, passwordFile: ./two')).toEqual({
      way: 'basic',
      user: 'grafana',
      secrets,
    })
    expect(proof('kind: pagerduty, secretFile: ./two')).toEqual({ way: 'pagerduty', secrets })
    const template =
      'kind: template, secretFile: ./two, signatureHeader: X-Signature, fields: { name: a, host: b.c, state: d }'
    expect(proof(template)).toEqual({ way: 'signature', header: 'x-signature', secrets })
  })

  test.each([
    [
      'kind: alertmanager',
      'debvisor.yml:3:15 alerts.prometheus: anybody could send its alerts: write `tokenFile`',
    ],
    ['kind: alertmanager, secretFile: ./token', 'alertmanager cannot sign: write `tokenFile`'],
    ['kind: grafana, user: grafana', '`user` and `passwordFile` go together'],
    ['kind: grafana, tokenFile: ./token, user: a, passwordFile: ./token', 'it is proven in one way'],
    ['kind: pagerduty, tokenFile: ./token', 'PagerDuty signs'],
    ['kind: template, tokenFile: ./token', 'a template says in `fields` where'],
    [
      'kind: template, secretFile: ./token, fields: { name: a, host: b, state: c }',
      'and `signatureHeader` go together',
    ],
    ['kind: template, tokenFile: ./token, fields: { name: "$.a", host: b, state: c }', 'keys joined by dots'],
    [
      'kind: alertmanager, tokenFile: ./token, fields: { name: a, host: b, state: c }',
      '`fields` are for templates',
    ],
    ['kind: nagios, tokenFile: ./token', 'alerts.prometheus.kind: expected'],
    [
      'kind: alertmanager, tokenFile: ./short',
      'alerts.prometheus.tokenFile: what proves a sender has 16 characters',
    ],
    ['kind: alertmanager, tokenFile: ./nowhere', 'there is no file'],
    ['kind: alertmanager, tokenFile: ./open', 'others than its owner can read'],
    [
      'kind: alertmanager, token: a-token-of-sixteen',
      'a secret never stands in this file; name a file of its own as `tokenFile`',
    ],
    ['kind: alertmanager, tokenFile: ./token, most: 0', 'must be at least 1'],
  ])('are refused with %s', (more, said) => {
    token()
    secretFile('short', 'short')
    secretFile('open', 'a-token-of-sixteen', 0o644)
    const found = problems(of(more)).join('\n')
    expect(found).toContain(said)
    expect(found).not.toContain('a-token-of')
  })

  test('are refused with a name or a channel that is none', () => {
    token()
    const named = problems(
      'version: 1\nalerts: { Prometheus: { kind: alertmanager, channel: C0123, tokenFile: ./token } }',
    )
    expect(named.join()).toContain('a source of alerts is small letters')
    const channel = problems(
      'version: 1\nalerts: { a: { kind: alertmanager, channel: "#incidents", tokenFile: ./token } }',
    )
    expect(channel.join()).toContain('a channel is an id such as C0123ABCD')
  })

  test('are left out for commands that do not need their secrets', () => {
    writeFileSync(join(folder, 'debvisor.yml'), of('kind: alertmanager, tokenFile: ./nowhere'))
    expect(loadConfig({ folder, env: {}, secrets: [] })).toMatchObject({ ok: true, config: { alerts: [] } })
  })
})
