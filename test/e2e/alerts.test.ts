import { createHmac } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../playground/slack/state/messages.ts'
import { asText, openRig, type Rig } from './bot.ts'

const TOKEN = 'a-token-of-the-monitoring'
const SECRET = 'a-secret-that-icinga-signs-with'
/** So many hosts may be diagnosed for the storm. */
const MOST = 3
const hosts = Array.from({ length: 10 }, (_, at) => `host${at + 1}`)

/** It is ill for as long as a file is there. */
const looking = (folder: string) => `version: 1
topic: looking
title: A host that gets well
symptoms: [It is ill]
alerts: [HighCpuUsage, DiskSpaceRunningLow]
probes:
  ill: { title: Is it ill, run: 'test -e ${folder}/ill && echo ill || echo well', parse: lines }
findings:
  looking.ill: { title: It is ill, when: 'ill.lines[0] == "ill"', severity: critical, subject: host, detail: it is ill, evidence: [ill], resolution: [Mend it] }
`

let rig: Rig
beforeAll(async () => {
  rig = await openRig({
    hosts,
    config: ({ channels }) => `runbooks: [./own]
alerts:
  prometheus: { kind: alertmanager, channel: ${channels.incidents}, tokenFile: ./token }
  storm: { kind: alertmanager, channel: ${channels.random}, tokenFile: ./token, most: ${MOST} }
  icinga:
    kind: template
    channel: ${channels.incidents}
    secretFile: ./secret
    signatureHeader: X-Signature
    fields: { name: check, host: host, state: state }
    topics: { load: looking }
`,
    prepare: async ({ folder }, fakeSlack) => {
      mkdirSync(join(folder, 'own'))
      writeFileSync(join(folder, 'own', 'looking.yml'), looking(folder))
      writeFileSync(join(folder, 'ill'), '')
      writeFileSync(join(folder, 'token'), `${TOKEN}\n`, { mode: 0o600 })
      writeFileSync(join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 })
      await fakeSlack.invite('random')
    },
  })
})
afterAll(() => rig?.close())

let begun = 0
const alert = (name: string, host: string, more: object = {}) => ({
  status: 'firing',
  labels: { alertname: name, instance: `${host}:9100` },
  annotations: { summary: `${name} on ${host}` },
  startsAt: new Date(Date.UTC(2026, 0, 1, 0, 0, ++begun)).toISOString(),
  fingerprint: `${name} ${host} ${begun}`,
  ...more,
})
const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${rig.bot.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, said: await response.text() }
}
const notify = (source: string, ...alerts: object[]) =>
  post(`/alerts/${source}`, { version: '4', alerts, truncatedAlerts: 0 })
const seen = async (channel = 'incidents') => (await rig.fakeSlack.messages(channel)).map(({ ts }) => ts)
const replies = (ts: string, words: RegExp): Promise<Message> =>
  rig.fakeSlack.waitFor(
    async () => (await rig.fakeSlack.replies('incidents', ts)).find((reply) => words.test(reply.text)),
    { what: `a reply that says ${words}`, ms: 30_000 },
  )

describe('an alert', () => {
  it('is looked into in one thread, from its firing over a host that stays ill to one that is well', async () => {
    const before = await seen()
    const cpu = alert('HighCpuUsage', 'host1')
    expect(await notify('prometheus', cpu)).toMatchObject({ status: 202 })
    const verdict = await rig.verdict({ after: before })
    expect(asText(verdict)).toMatch(
      /^🔴 looking on host1: .*\n[\s\S]*asked by prometheus · .*alert `HighCpuUsage`/,
    )
    expect(verdict.text).not.toContain('<@')

    for (const again of [cpu, { ...cpu, annotations: {} }])
      expect((await notify('prometheus', again)).said).toContain('"known":1')
    await notify('prometheus', { ...cpu, status: 'resolved', endsAt: new Date().toISOString() })
    const ill = await replies(verdict.ts, /its alert is resolved/)
    expect(asText(ill)).toMatch(
      /^🔴 looking on host1[^\n]*\nThe alert HighCpuUsage is resolved, but host1 is not well\./,
    )

    rmSync(join(rig.demoHosts.folder, 'ill'))

    const signed = JSON.stringify({ check: 'load', host: 'host1', state: 'CRITICAL' })
    const sign = (body: string) => ({
      authorization: '',
      'x-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
    })
    expect((await post('/alerts/icinga', signed, sign(signed))).said).toContain('"started":1')
    const well = await rig.verdict({ after: [...before, verdict.ts] })
    expect(asText(well)).toMatch(/^🟢 looking on host1/)
    // What was ill before is solved by what was found for another alert.
    await rig.fakeSlack.waitFor(
      async () =>
        (await rig.fakeSlack.messages()).find(({ ts, text }) => ts === verdict.ts && text.startsWith('☑️')),
      { what: 'the first message solved' },
    )
    const over = JSON.stringify({ check: 'load', host: 'host1', state: 'OK' })
    expect((await post('/alerts/icinga', over, sign(over))).said).toContain('"resolved":1')
    expect(asText(await replies(well.ts, /its alert is resolved/))).toContain(
      'The alert load is resolved, and nothing wrong is found any more.',
    )
    writeFileSync(join(rig.demoHosts.folder, 'ill'), '')
  })

  it('whose sender proves nothing, or whose notice is none, is answered clearly, counted, and has no effect', async () => {
    const before = await seen()
    const body = { alerts: [alert('HighCpuUsage', 'host2')] }
    const wrong = { authorization: 'Bearer a-token-of-somebody' }
    for (let guess = 0; guess < 5; guess++)
      expect(await post('/alerts/prometheus', body, wrong)).toEqual({
        status: 401,
        said: 'This does not prove that it comes from prometheus: nothing was done.\n',
      })
    expect(await post('/alerts/icinga', body)).toMatchObject({ status: 401 })
    expect(await post('/alerts/nagios', body)).toMatchObject({ status: 404, said: /No source of alerts/ })
    expect(await post('/alerts/prometheus', '{"alerts": [')).toMatchObject({
      status: 400,
      said: /it is no JSON/,
    })
    expect(await post('/alerts/prometheus', { status: 'firing' })).toMatchObject({
      status: 400,
      said: /no list/,
    })
    expect(await post('/alerts/prometheus', 'x'.repeat(10 * 1024 * 1024))).toMatchObject({ status: 413 })
    expect((await fetch(`${rig.bot.url}/alerts/prometheus`)).status).toBe(405)
    expect(await seen()).toEqual(before)
    expect(rig.log.join('')).not.toContain(TOKEN)
    const refusals = rig.log.filter((line) => line.includes('without proof of its sender'))
    expect(refusals).toHaveLength(2)
  })
})

it('a storm of 1,000 in a minute is a run for each host that may be looked at, and one message of the rest', async () => {
  const storm = Array.from({ length: 1_000 }, (_, at) =>
    alert('HighCpuUsage', hosts[at % hosts.length] ?? ''),
  )
  const odd = [
    alert('KubePodCrash <!channel> https://evil.example', 'host1'),
    alert('HighCpuUsage', 'host99'),
  ]
  const notices = Array.from({ length: 20 }, (_, at) => storm.slice(50 * at, 50 * (at + 1)))
  // Each twice: a sender whose answer was lost delivers again.
  const answers = await Promise.all([...notices, odd, ...notices].map((alerts) => notify('storm', ...alerts)))
  expect(answers.filter(({ status }) => status !== 202)).toEqual([])
  const { random } = rig.fakeSlack.channels
  const posts = () =>
    rig.fakeSlack
      .calls('chat.postMessage')
      .filter(({ args }) => args.channel === random && args.thread_ts === undefined)
      .map(({ args }) => String(args.text))
  const summary = await rig.fakeSlack.waitFor(
    async () =>
      (await rig.fakeSlack.messages('random')).find(({ text }) => /^🔔 702 alerts of storm/u.test(text)),
    { what: 'the summary', ms: 30_000 },
  )
  expect(asText(summary)).toContain(
    `700 beyond the ${MOST} diagnoses that it may start in ten minutes, or while too many wait: HighCpuUsage (700)`,
  )
  expect(asText(summary)).toMatch(/1 of a name that no runbook looks into: KubePodCrash/)
  expect(asText(summary)).toMatch(/1 that name no host of the inventory, or several: HighCpuUsage on host99/)
  expect(JSON.stringify(summary.blocks)).not.toMatch(/"type":"(link|broadcast|user)"/)
  const ended = async () =>
    (await rig.fakeSlack.messages('random')).filter(({ text }) => text.startsWith('🔴 looking on host'))
  await rig.fakeSlack.waitFor(async () => (await ended()).length === MOST, {
    what: 'the verdicts',
    ms: 30_000,
  })
  expect(posts()).toHaveLength(MOST + 1)
  const [run] = await ended()
  expect(asText(run)).toMatch(
    /🔔 (`?HighCpuUsage`? of storm fires, ){9}`?HighCpuUsage`? of storm fires and \d+ more/,
  )
})
