import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { AlertSource } from '../../src/alerts/source.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { httpRoutes } from '../../src/handlers/http-routes.ts'
import { type Listener, startListener } from '../../src/http/listener.ts'
import type { Db } from '../../src/store/db.ts'
import { printProblem } from '../../src/yaml/problem.ts'
import { auditOf, firing, replica, runsOf, source } from '../alerts/alert-world.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

const SECRET = 'a-secret-of-sixteen'
let store: TestStore
let teams = 0
beforeAll(async () => {
  store = await openTestStore(storeKinds[0] ?? 'embedded')
})
afterAll(() => store?.stop())

const opened: Listener[] = []
afterEach(async () => {
  for (const listener of opened.splice(0)) await listener.close()
})

/** The real listener with its routes. */
async function listen(sources: readonly AlertSource[], db = store.db) {
  const team = `TW${++teams}`
  const bot = replica(db, { team, sources })
  let now = 0
  const log = { warn() {}, info() {}, error() {} } as never
  const endpoints = {
    store: bot.follower.store,
    access: bot.follower.access,
    clock: { now: () => 0 },
    log,
    queueReady: () => true,
    slackReady: () => true,
    isStopping: () => false,
    storeTakesWrites: async () => true,
    receive: undefined,
    alerts: { ...bot.follower, clock: { elapsed: () => now } },
  }
  const listener = await startListener({ host: '127.0.0.1', port: 0 }, httpRoutes(endpoints), log)
  opened.push(listener)
  const post = async (name: string, body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`${listener.url}/alerts/${name}`, { method: 'POST', headers, body })
    return { status: response.status, said: await response.text() }
  }
  return {
    ...{ team, bot, url: listener.url, post },
    pass: (ms: number) => {
      now += ms
    },
  }
}

function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

const token = { authorization: `Bearer ${SECRET}` }
const bearer = (more: Partial<AlertSource> = {}) =>
  source({ proof: { way: 'bearer', secrets: [SECRET] }, ...more })
const notice = (...alerts: ReturnType<typeof firing>[]) =>
  JSON.stringify({
    alerts: alerts.map(({ state, startsAt, ...rest }) => ({ ...rest, status: state, startsAt })),
  })

describe('the webhook of alerts', () => {
  it('takes what its sender proves, and says what came of it', async () => {
    const { post, team } = await listen([bearer()])
    const answer = await post('prometheus', notice(firing('HighCpuUsage', 'host1')), token)
    expect(answer.status).toBe(202)
    expect(JSON.parse(answer.said)).toEqual({
      ...{ started: 1, joined: 0, known: 0, resolved: 0, told: 0, leftOut: 0 },
    })
    expect(await runsOf(store.db, team)).toHaveLength(1)
  })

  it('takes the notices of a sender one by one, without a connection for each, and no endless line of them', async () => {
    const [held, turnedAway] = [latch(), latch()]
    const underWay = new Set<object>()
    let most = 0
    const slow: Db = {
      ...store.db,
      tx: async (work) => {
        const one = {}
        most = Math.max(most, underWay.add(one).size)
        await held.opened
        return store.db.tx(work).finally(() => underWay.delete(one))
      },
    }
    const { post, team } = await listen([bearer()], slow)
    const firings = notice(firing('HighCpuUsage', 'host1'))
    let refusals = 0
    const answers = Array.from({ length: 53 }, async () => {
      const answer = await post('prometheus', firings, token)
      if (answer.status === 503 && ++refusals === 3) turnedAway.open()
      return answer
    })
    await Promise.race([turnedAway.opened, delay(5_000)])
    held.open()
    const all = await Promise.all(answers)
    expect(all.filter(({ status }) => status === 202)).toHaveLength(50)
    const [refused] = all.filter(({ status }) => status === 503)
    expect(refused?.said).toMatch(/^Too many notices of prometheus wait/)
    expect(most).toBe(1)
    expect(await runsOf(store.db, team)).toHaveLength(1)
    expect((await post('prometheus', firings, token)).status).toBe(202)
  })

  it('counts refusals, and writes one row a minute for a sender, whoever guesses how often', async () => {
    const { post, pass, team } = await listen([bearer(), bearer({ name: 'grafana' })])
    const guess = (name: string) =>
      post(name, notice(firing('HighCpuUsage', 'host1')), { authorization: 'Bearer x' })
    for (let guesses = 0; guesses < 20; guesses++) expect((await guess('prometheus')).status).toBe(401)
    await guess('grafana')
    pass(61_000)
    await guess('prometheus')
    expect(await runsOf(store.db, team)).toEqual([])
    const rows = await auditOf(store.db, team)
    expect(rows.map(({ door, decision, actor, reason }) => [door, decision, actor, reason])).toEqual([
      ['POST /alerts/prometheus', 'refused', 'anonymous', 'It did not prove that it is prometheus.'],
      ['POST /alerts/grafana', 'refused', 'anonymous', 'It did not prove that it is grafana.'],
      [
        'POST /alerts/prometheus',
        'refused',
        'anonymous',
        'It did not prove that it is prometheus, like 19 before it.',
      ],
    ])
  })

  it('takes 4 MiB of a sender that its headers prove, 1 MiB of one that signs, and no more', async () => {
    const signs = bearer({
      name: 'signs',
      proof: { way: 'signature', header: 'x-signature', secrets: [SECRET] },
    })
    const { post } = await listen([bearer(), signs])
    const of = (bytes: number) => Buffer.alloc(bytes, ' ')
    const MIB = 1024 * 1024
    expect((await post('prometheus', of(4 * MIB), token)).status).toBe(400)
    expect((await post('prometheus', of(4 * MIB + 1), token)).status).toBe(413)
    expect((await post('signs', of(MIB))).status).toBe(401)
    expect((await post('signs', of(MIB + 1))).said).toMatch(/^Too large: .*max_alerts/)
  })

  it.each(['nagios', '', 'prometheus/more', '__proto__', 'constructor', '..%2fprometheus', 'Prometheus'])(
    'has no source %j',
    async (name) => {
      const { post } = await listen([bearer()])
      expect((await post(name, '{}', token)).status).toBe(404)
    },
  )

  it('is not there where no sender is configured', async () => {
    const { follower } = replica(store.db, { team: 'TW' })
    const routes = httpRoutes({
      ...follower,
      clock: { now: () => 0 },
      queueReady: () => true,
      slackReady: () => true,
      isStopping: () => false,
      storeTakesWrites: async () => true,
      receive: undefined,
      log: {} as never,
    })
    expect(routes.map(({ path }) => path)).toEqual(['/health', '/healthz', '/readyz'])
  })

  it('takes what a store that fails did not keep when it is delivered again', async () => {
    const { bot, post, team } = await listen([bearer()])
    const tx = bot.follower.store.tx
    const failing = bot.follower.store as { tx: typeof tx }
    const body = notice(firing('HighCpuUsage', 'host1'))
    failing.tx = () => Promise.reject(new Error('the disk is full'))
    // Alertmanager, Grafana and PagerDuty deliver again what was answered so.
    expect((await post('prometheus', body, token)).status).toBe(500)
    failing.tx = tx
    expect(await runsOf(store.db, team)).toEqual([])
    expect((await post('prometheus', body, token)).said).toContain('"started":1')
    expect(await runsOf(store.db, team)).toHaveLength(1)
  })
})

describe('docs/alerts.md', () => {
  const page = readFileSync('docs/alerts.md', 'utf8')
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
  )
  const blocks = (section: string, language: string): string[] =>
    [
      ...(sections.get(section) ?? '').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm')),
    ].map(([, text = '']) => text)
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-alerts-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** The sender that a section configures, as the bot reads it. */
  function configured(section: string): AlertSource {
    const [yaml = ''] = blocks(section, 'yaml')
    const file = (/(?:token|password|secret)File: (\S+)/.exec(yaml) ?? [])[1] ?? ''
    writeFileSync(join(folder, 'secret'), SECRET, { mode: 0o600 })
    writeFileSync(join(folder, 'debvisor.yml'), yaml.replace(file, './secret'))
    const loaded = loadConfig({ folder, env: {} })
    const [first] = loaded.ok ? loaded.config.alerts : []
    if (!loaded.ok || !first)
      throw new Error(loaded.ok ? section : loaded.problems.map(printProblem).join('\n'))
    return first
  }

  function proofFor({ proof }: AlertSource, body: string): Record<string, string> {
    const signature = createHmac('sha256', SECRET).update(body).digest('hex')
    if (proof.way === 'bearer') return token
    if (proof.way === 'basic')
      return { authorization: `Basic ${Buffer.from(`${proof.user}:${SECRET}`).toString('base64')}` }
    return proof.way === 'signature'
      ? { [proof.header]: signature }
      : { 'x-pagerduty-signature': `v1=${signature}` }
  }

  it.each([
    ['Alertmanager', 'performance'],
    ['Grafana', 'performance'],
    ['PagerDuty', 'service'],
    ['Icinga', 'performance'],
    ['Zabbix', 'performance'],
  ])('has an example of %s that the bot takes', async (section, topic) => {
    const from = configured(section)
    const { post, team } = await listen([from])
    const [body = ''] = blocks(section, 'json')
    expect(await post(from.name, body)).toMatchObject({ status: 401 })
    expect(await post(from.name, body, proofFor(from, body))).toMatchObject({
      status: 202,
      said: expect.stringContaining('"started":1'),
    })
    expect(await runsOf(store.db, team)).toMatchObject([{ topic, host: 'panel1', channel: 'C0123ABCD' }])
  })

  it("has Alertmanager's own configuration, which posts where that sender is", () => {
    const [, yaml = ''] = blocks('Alertmanager', 'yaml')
    const { receivers } = parse(yaml)
    const [webhook] = receivers[1].webhook_configs
    expect(new URL(webhook.url).pathname).toBe(`/alerts/${configured('Alertmanager').name}`)
    expect(webhook).toMatchObject({ send_resolved: true, http_config: { authorization: { type: 'Bearer' } } })
  })

  it('has a script for Icinga that signs what it sends, from a problem to its end', async () => {
    const { url, team, bot } = await listen([configured('Icinga')])
    const [script = ''] = blocks('Icinga', 'python')
    writeFileSync(join(folder, 'debvisor.py'), script)
    const notify = (type: string, since: string) =>
      promisify(execFile)('python3', [join(folder, 'debvisor.py')], {
        env: {
          ...{
            PATH: process.env.PATH,
            DEBVISOR_URL: `${url}/alerts/icinga`,
            DEBVISOR_SECRET_FILE: join(folder, 'secret'),
          },
          ...{ HOST: 'panel1', SERVICE: 'disk', TYPE: type, SINCE: since },
        },
      }).then(({ stdout }) => JSON.parse(stdout))
    expect(await notify('PROBLEM', '1794060000.123')).toMatchObject({ started: 1 })
    expect(await notify('PROBLEM', '1794060000.123')).toMatchObject({ started: 0, known: 1 })
    expect(await notify('ACKNOWLEDGEMENT', '1794060000.123')).toMatchObject({ started: 0, known: 0 })
    expect(await notify('RECOVERY', '1794060900.5')).toMatchObject({ resolved: 1 })
    expect(await runsOf(store.db, team)).toMatchObject([{ topic: 'performance', host: 'panel1' }])
    expect(bot.sent.map(({ job }) => job.kind)).toContain('alert-recheck')
  })

  it('has a script for Zabbix that sends what its template reads', async () => {
    const { url, post, team } = await listen([configured('Zabbix')])
    const [script = ''] = blocks('Zabbix', 'js')
    const send = async (value: string) => {
      const sent: { headers: string[]; body: string } = { headers: [], body: '' }
      class HttpRequest {
        addHeader = (line: string) => void sent.headers.push(line)
        post = (to: string, body: string) => {
          expect(to).toBe(`${url}/alerts/zabbix`)
          sent.body = body
          return 'taken'
        }
        getStatus = () => 202
      }
      const parameters = {
        url: `${url}/alerts/zabbix`,
        token: SECRET,
        alert: 'HighCpuUsage',
        host: 'panel1',
        value,
        event: '7',
      }
      const done = runInNewContext(`(function (value) {${script}})(given)`, {
        HttpRequest,
        given: JSON.stringify(parameters),
      })
      expect(done).toBe('taken')
      const headers = Object.fromEntries(sent.headers.map((line) => line.split(/: /) as [string, string]))
      return post('zabbix', sent.body, headers)
    }
    expect((await send('1')).said).toContain('"started":1')
    expect((await send('0')).said).toContain('"resolved":1')
    expect(await runsOf(store.db, team)).toMatchObject([{ topic: 'performance', host: 'panel1' }])
    const table = [...(sections.get('Zabbix') ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    expect(table).toEqual(
      [...new Set([...script.matchAll(/params\.(\w+)/g)].map(([, name]) => name))].sort(
        (a, b) => table.indexOf(a) - table.indexOf(b),
      ),
    )
  })

  it('has a rule of the access policy that is one', () => {
    const [yaml = ''] = blocks('Who may have what looked at', 'yaml')
    expect(parse(yaml).rules[0]).toMatchObject({ alerts: ['prometheus'], actions: ['diagnose'] })
  })
})
