import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakePagerDuty, startPagerDuty } from '../fakes/pagerduty.ts'
import { type FakeSmtp, startSmtp } from '../fakes/smtp.ts'
import { asText, openRig, type Rig, tempFolder } from './bot.ts'
import { scrape, TOKEN } from './scrape.ts'

/** A host that was taken over: what its probes print wants to reach people, their terminals and the bot's memory. */
const hostile = `version: 1
topic: hostile
title: A hostile host
symptoms: [It lies]
probes:
  shout:
    title: Shout
    run: |
      printf '<!channel> <!here> <@U0VICTIM> <#C0ROOM|x> <https://evil.example|Approve> *bold* &lt;!everyone&gt; \`code\`\\n'
      printf '\\033]0;owned\\007\\033[2J\\033[31mred\\033[0m\\233\\2331m \\342\\200\\256gpj.exe \\377\\376\\303\\n'
      printf 'DATABASE_PASSWORD=hunter2-of-the-host\\r\\nAuthorization: Bearer abcdef0123456789abcdef0123456789\\n'
    parse: lines
  flood: { title: Flood, run: "yes '<!channel> hunter' | head -c 5000000", parse: lines }
  endless: { title: Endless, run: 'cat /dev/zero', parse: lines }
findings:
  hostile.shouts:
    title: It shouts \${shout.lines[0]}
    when: shout.lines.size() > 0
    severity: critical
    subject: \${shout.lines[0]}
    detail: It said \${shout.lines.join(" ")}
    evidence: [shout]
    resolution: ['Do not run \${shout.lines[0]}']
  hostile.floods:
    { title: It floods, when: flood.lines.size() > 0 || endless.lines.size() > 0, severity: critical, subject: x, detail: x, evidence: [flood], resolution: [Stop it] }
`

const ROUTING_KEY = 'R0UT1NGKEY0000000000000000000000'
const folder = tempFolder()
let rig: Rig
let pager: FakePagerDuty
let mail: FakeSmtp

beforeAll(async () => {
  mkdirSync(join(folder.path, 'own'))
  writeFileSync(join(folder.path, 'own', 'hostile.yml'), hostile)
  pager = await startPagerDuty({ routingKeys: [ROUTING_KEY] })
  mail = await startSmtp()
  rig = await openRig({
    env: { PAGERDUTY_ROUTING_KEY: ROUTING_KEY, DEBVISOR_METRICS_TOKEN: TOKEN },
    config: (fakeSlack) => `runbooks: ['${join(folder.path, 'own')}']
metrics: {}
smtp: { url: '${mail.url}' }
pagerduty: { eventsUrl: '${pager.url}' }
escalation: { lead: { slackUser: ${fakeSlack.users.lead} } }
`,
  })
})
afterAll(async () => {
  await rig?.close()
  await mail?.close()
  await pager?.close()
  folder.remove()
})

/** The parts of a mail that are in base64. */
const decoded = (raw: string): string[] =>
  raw
    .split(/\r?\n\r?\n/)
    .filter((part) => /^[A-Za-z0-9+/=\r\n]{40,}$/.test(part))
    .map((part) => Buffer.from(part, 'base64').toString())

/** Each text in what the bot sent to Slack that Slack reads as markup: `text` and mrkdwn, not plain text or the leaves of rich text. */
function markup(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(markup)
  if (typeof value !== 'object' || value === null) return []
  const { type, text, ...rest } = value as { type?: unknown; text?: unknown }
  const read = typeof text === 'string' && (type === undefined || type === 'mrkdwn') ? [text] : markup(text)
  return [...read, ...Object.values(rest).flatMap(markup)]
}

describe('what a hostile host prints', () => {
  it('reaches nobody: not as mention, link, button, escape, secret or megabytes, on any way out', async () => {
    await rig.fakeSlack.command('diagnose hostile host1')
    const { ts } = await rig.verdict()
    await rig.fakeSlack.waitFor(() => rig.fakeSlack.files().find((f) => f.name.startsWith('hostile-')), {
      what: 'the output file',
    })
    for (const actionId of ['escalate_1', 'escalate_2', 'escalate_3'])
      await rig.fakeSlack.click({ channel: 'incidents', ts, actionId })
    await rig.fakeSlack.waitFor(
      async () => /paged by.*through PagerDuty/s.test(asText(await rig.fakeSlack.message('incidents', ts))),
      { what: 'all three levels', ms: 20_000 },
    )
    await rig.fakeSlack.waitFor(() => mail.mails.length > 0, { what: 'the mail' })

    const sent = ['chat.postMessage', 'chat.update'].flatMap((method) => rig.fakeSlack.calls(method))
    expect(sent.length).toBeGreaterThan(4)
    for (const text of sent.flatMap(({ args }) => markup(args))) {
      expect(
        text.replaceAll(new RegExp(`<@(${Object.values(rig.fakeSlack.users).join('|')})>`, 'g'), ''),
      ).not.toMatch(/<[!@#]/)
      expect(text).not.toMatch(/<https?:\/\/evil/)
    }
    const everything = [
      JSON.stringify(sent.map(({ args }) => args)),
      ...rig.fakeSlack.files().map((file) => file.content),
      ...mail.mails.flatMap(({ raw }) => [raw, ...decoded(raw)]),
      JSON.stringify(pager.requests),
      ...rig.log,
    ]
    for (const text of everything) {
      expect(text).not.toMatch(/hunter2-of-the-host|abcdef0123456789abcdef/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u0080-\u009f\u202e]|\\u001b/)
      expect(text.length).toBeLessThan(400_000)
    }
    expect(asText(await rig.fakeSlack.message('incidents', ts))).toContain('It shouts <!channel>')
  })

  it('is in no label of the metrics, and neither is a host, a person, a channel or a run', async () => {
    const { text, samples } = await scrape(rig)
    expect(samples.get('debvisor_probes_total{outcome="cut"}')).toBe(2)
    expect(samples.get('debvisor_notices_total{channel="page",outcome="sent"}')).toBe(1)
    const { run, runId } = JSON.parse(rig.log.find((line) => line.includes('the verdict is stored')) ?? '{}')
    expect(run).toMatch(/^[0-9A-Z]{4}$/)
    const names = [
      ...['host1', 'host2', 'hunter2', 'abcdef01', 'evil', '<', '>', '\\u001b', ROUTING_KEY, run, runId],
      ...Object.values({ ...rig.fakeSlack.users, ...rig.fakeSlack.channels }),
      ...[
        rig.fakeSlack.teamId,
        rig.fakeSlack.botToken,
        rig.demoHosts.user === 'root' ? '"root"' : rig.demoHosts.user,
      ],
    ]
    expect(names.length).toBeGreaterThan(15)
    // What describes a metric is ours; the samples hold what came from outside.
    const told = text.split('\n').filter((line) => !line.startsWith('#'))
    for (const name of names) expect(told.filter((line) => line.includes(String(name)))).toEqual([])
  })

  it('and what was cut is unknown', async () => {
    const file = rig.fakeSlack.files().find((f) => f.name.startsWith('hostile-'))
    expect(file?.content).toMatch(/^==== flood · .* cut/m)
    expect(file?.content).toMatch(/^==== endless · .* cut/m)
  })
})
