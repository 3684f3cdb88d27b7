import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { tempFolder } from './bot.ts'
import { labels, openScene, type Scene, SECRET } from './escalation-scene.ts'

/** A topic that is wrong for as long as a file is there. */
const runbook = (file: string): string => `version: 1
topic: flag
title: Flag
symptoms: [A flag is up]
probes:
  flag: { title: The flag, run: "test -e ${file} && echo up || echo down", parse: lines }
findings:
  flag.up:
    title: The flag is up
    when: flag.lines == ["up"]
    severity: critical
    subject: flag
    detail: the file is there
    evidence: [flag]
    resolution: [Take the file away]
`

const LIMITS = `{ hostGroups: [production], severities: [critical], minutes: 0.05, then: page },
  { hostGroups: [staging], minutes: 0.05, then: offer }, { minutes: 600, then: offer }`

// Several runs, clicks and waits each, on a machine that others use too.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

describe.each(['socket', 'http'] as const)('time limits, over %s', (mode) => {
  const folder = tempFolder()
  const flag = join(folder.path, 'flag')
  let scene: Scene
  beforeAll(async () => {
    writeFileSync(flag, '')
    writeFileSync(join(folder.path, 'flag.yml'), runbook(flag))
    scene = await openScene({ mode, limit: LIMITS, config: () => `runbooks: ['${folder.path}']\n` })
  })
  afterAll(async () => {
    await scene?.close()
    folder.remove()
  })

  it('not acknowledged, Level 3 is offered loudly to whoever asked, until somebody acknowledges', async () => {
    const { fakeSlack } = scene.rig
    const ts = await scene.diagnose('host2', 'flag')
    await scene.click(ts, 'escalate_2')
    const alarm = await scene.reply(ts, /^⏰/, /Page the on-call\?/)
    expect(alarm.text).toMatch(new RegExp(`⏰ @${fakeSlack.users.ana}: the DevOps lead has not acknowledged`))
    expect(labels(alarm.text)).toBe('[Page on-call] [Acknowledge]')
    expect((await scene.escalation(ts, /nobody acknowledged by/)).text).toContain(
      '[Acknowledge] [Page on-call]',
    )
    expect(scene.pager.alerts).toHaveLength(0)

    await scene.click(alarm.ts, 'ladder_acknowledge', 'bo')
    const answered = await scene.reply(ts, /^⏰/, /has not acknowledged.*(?<!\])$/s)
    expect(labels(answered.text)).toBe('')
    await scene.escalation(ts, /✅ DevOps lead .*acknowledged by/)
  })

  it('not acknowledged in production, the on-call is paged once, and the thread says by what', async () => {
    const ts = await scene.diagnose('host1', 'flag')
    await scene.click(ts, 'escalate_2')
    const escalation = await scene.escalation(
      ts,
      /📟 On-call · paged for @\w+, because nobody acknowledged .*through PagerDuty/,
    )
    expect(escalation.text).toContain('so a page was asked for')
    expect(labels(escalation.text)).toBe('[Acknowledge page] [Reassign] [De-escalate] [Resolve]')
    await scene.reply(ts, /^⏰/, /has not acknowledged, so the on-call was paged/)
    expect(scene.pager.alerts).toHaveLength(1)
    const details = JSON.stringify(scene.pager.alerts[0]?.triggers)
    expect(details).toMatch(/Level 2: lead contacted for ana .*nobody acknowledged/i)
    expect(details).toContain(
      'the time limit (escalation.acknowledgeWithin): nobody acknowledged Level 2, which ana had asked for',
    )
  })

  it('a healthy check offers to resolve all, the page too, and one click does it', async () => {
    rmSync(flag)
    const first = (await scene.rig.fakeSlack.messages()).at(-1)?.ts ?? ''
    await scene.click(first, 'escalate_1')
    await scene.reply(first, /^🎫 Ticket #\d+/, /⚪ open/)
    const ts = await scene.diagnose('host1', 'flag')
    const said = await scene.says(ts, /Still open from before; is it over\?/)
    expect(said).toMatch(/DevOps lead contacted .*On-call paged/s)
    expect(labels(said)).toMatch(/^\[Resolve all\] \[Check again\]/)
    expect(scene.pager.alerts[0]?.state).toBe('triggered')
    await scene.click(ts, 'ladder_resolve_all', 'bo')
    await scene.rig.fakeSlack.waitFor(() => scene.pager.alerts[0]?.state === 'resolved', {
      what: 'the end of the page',
    })
    const over = await scene.says(ts, /What was open from before is closed:/)
    expect(labels(over)).not.toContain('Resolve')
    await scene.escalation(first, /☑️ On-call · resolved by @/)
    await scene.reply(first, /^🎫 Ticket #\d+/, /✅ closed by @.*: Run \w+ found the problem gone\./)
  })

  it('PagerDuty down: mail and message go at once, the thread and status say what waits, and one page comes of it', async () => {
    const { fakeSlack } = scene.rig
    const ts = await scene.diagnose('host1')
    const mails = scene.mail.mails.length
    // Whatever the documents call temporary.
    scene.pager.fail(
      { kind: 'status', status: 429, headers: { 'retry-after': '4' } },
      { kind: 'status', status: 503 },
      { kind: 'lost-answer' },
      { kind: 'reset' },
    )
    await scene.click(ts, 'escalate_3')
    await scene.click(ts, 'escalate_2')
    await scene.direct(/Please acknowledge|asks for your help/)
    await fakeSlack.waitFor(() => scene.mail.mails.length > mails, { what: 'the mail' })
    const waiting = await scene.escalation(ts, /⏸ page waits: PagerDuty answered 429, next try /)
    expect(waiting.text).toContain('⏳ On-call · being paged for @')
    const status = await fakeSlack.command('status')
    expect(JSON.stringify(status.private)).toMatch(/Not sent yet.*page about db on host1/)
    await scene.escalation(ts, /📟 On-call · paged .*through PagerDuty/)
    expect(scene.pager.alerts.filter(({ state }) => state !== 'resolved')).toHaveLength(1)
  })

  it('PagerDuty refuses the page: whoever asked is called, and may page again', async () => {
    const before = (await scene.rig.fakeSlack.messages()).at(-1)?.ts ?? ''
    const escalation = await scene.escalation(before, /On-call/)
    await scene.click(escalation.ts, 'ladder_resolve')
    await scene.escalation(before, /☑️ On-call/)
    await scene.rig.fakeSlack.waitFor(() => scene.pager.alerts.every(({ state }) => state === 'resolved'), {
      what: 'its end at PagerDuty',
    })
    const ts = await scene.diagnose('host1')
    const errors = ["'routing_key' is not of this account"]
    scene.pager.fail({
      kind: 'status',
      status: 400,
      body: JSON.stringify({ message: 'Event object is invalid', errors }),
    })
    await scene.click(ts, 'escalate_3', 'bo')
    const alarm = await scene.reply(
      ts,
      /^❌/,
      /nobody was paged\n.*400: Event object is invalid; 'routing_key'/,
    )
    expect(alarm.text).toContain(`❌ @${scene.rig.fakeSlack.users.bo}: `)
    expect(labels(alarm.text)).toBe('[Page on-call]')
    await scene.click(alarm.ts, 'escalate_3', 'bo')
    await scene.escalation(ts, /📟 On-call · paged for .*through PagerDuty/)
  })

  it('an answer that was lost, and its page resolved at PagerDuty before it is tried again: nobody is woken again', async () => {
    const { pager, rig } = scene
    const last = (await rig.fakeSlack.messages()).at(-1)?.ts ?? ''
    const escalation = await scene.escalation(last, /On-call/)
    await scene.click(escalation.ts, 'ladder_resolve')
    await scene.escalation(last, /☑️ On-call/)
    await rig.fakeSlack.waitFor(() => pager.alerts.every(({ state }) => state === 'resolved'), {
      what: 'its end at PagerDuty',
    })
    const ts = await scene.diagnose('host1')
    const before = pager.alerts.length
    // No webhook tells of it.
    pager.incidents.subscribe('http://127.0.0.1:9/', [])
    const resolve = () =>
      pager.incidents.actUnheard(pager.alerts.at(-1)?.dedupKey ?? '', 'resolved', 'Carla Night')
    pager.fail({ kind: 'lost-answer', meanwhile: resolve })
    await scene.click(ts, 'escalate_3')
    await scene.escalation(ts, /☑️ On-call · resolved by Carla Night/)
    expect(pager.alerts).toHaveLength(before + 1)
    pager.incidents.subscribe(`${rig.bot.url}/pagerduty/webhook`, [SECRET])
  })

  it('the mail server down: the message goes, the mail waits visibly and comes later, once', async () => {
    const ts = await scene.diagnose('host1')
    const mails = scene.mail.mails.length
    scene.mail.fail(
      { at: 'connect', code: 421, text: 'come back later' },
      { at: 'from', code: 451, text: 'busy' },
    )
    await scene.click(ts, 'escalate_2')
    await scene.escalation(ts, /📨 DevOps lead .*: direct message\n.*⏸ e-mail waits: .*, next try /s)
    await scene.escalation(ts, /direct message, e-mail to/)
    expect(scene.mail.mails).toHaveLength(mails + 1)
  })
})
