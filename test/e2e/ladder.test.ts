import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asText } from './bot.ts'
import { labels, openScene, type Scene } from './scene.ts'

describe.each(['socket', 'http'] as const)('the ladder, over %s', (mode) => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene({ mode, limit: '{ minutes: 20, then: offer }' })
  })
  afterAll(() => scene?.close())

  it('Level 2 is acknowledged in the direct message; button and timer go, everywhere', async () => {
    const ts = await scene.diagnose('host1')
    await scene.click(ts, 'escalate_2')
    const open = await scene.ladder(ts, /direct message, e-mail to devops@debvisor\.internal/)
    expect(open.text).toMatch(/📨 DevOps lead @\w+ · contacted for @\w+/)
    expect(open.text).toMatch(/not acknowledged by .* UTC: Level 3 is offered/)
    expect(labels(open.text)).toBe('[Acknowledge] [Reassign] [De-escalate] [Resolve]')
    const message = await scene.direct(/Please acknowledge until/)
    expect(labels(asText(message))).toBe('[Acknowledge] [Reassign]')

    await scene.click(message.ts, 'ladder_acknowledge', 'lead', message.channel)
    const taken = await scene.ladder(ts, /✅ DevOps lead .*acknowledged by/)
    expect(taken.text).not.toContain('not acknowledged')
    expect(labels(taken.text)).toBe('[Reassign] [De-escalate] [Resolve]')
    await scene.direct(/✅ Acknowledged by @/)
    await scene.says(ts, /DevOps lead contacted by .* · acknowledged by @/)

    // Somebody whose screen still shows the button.
    const late = await scene.rig.front
      .click({ channel: message.channel, ts: message.ts, actionId: 'ladder_acknowledge', user: 'lead' })
      .catch((error: Error) => error.message)
    expect(late).toContain('is not in the message')
  })

  it('Level 3 pages in production with ticket, conversation and thread, and what PagerDuty says comes back', async () => {
    const [ts = ''] = (await scene.rig.front.messages()).map((m) => m.ts)
    await scene.click(ts, 'escalate_1')
    await scene.says(ts, /Ticket #1/)
    await scene.click(ts, 'escalate_3', 'bo')
    await scene.ladder(ts, /📟 On-call · paged for .*through PagerDuty/)
    const [alert] = scene.pager.alerts
    const payload = alert?.triggers[0]?.payload as { custom_details: Record<string, string | string[]> }
    expect(payload.custom_details.ticket).toMatch(/^Ticket #1: db on host1/)
    expect(payload.custom_details.escalation_so_far).toEqual([
      expect.stringMatching(
        /^Level 2: lead contacted for ana at .* by direct message and e-mail to .*; acknowledged by lead at /i,
      ),
      expect.stringMatching(/^Level 1: Ticket #1: /),
    ])
    expect(alert?.triggers[0]?.links).toHaveLength(2)

    const key = alert?.dedupKey ?? ''
    await scene.pager.incidents.act(key, 'acknowledged', 'Carla Night', { priority: { summary: 'P1' } })
    const acknowledged = await scene.ladder(ts, /✅ On-call · acknowledged by Carla Night/)
    expect(acknowledged.text).toMatch(
      /incident #1: https:\/\/example\.pagerduty\.com\/incidents\/Q\w+ · P1 · with Carla Night/,
    )
    const twice = await scene.pager.incidents.again(scene.pager.incidents.sent.at(-1) as never)
    expect(twice).toMatchObject({ status: 202, answer: expect.stringContaining('repeated') })
    await scene.pager.incidents.act(key, 'reassigned', 'Carla Night', { assignees: [{ summary: 'Dan Day' }] })
    await scene.ladder(ts, /with Dan Day/)

    await scene.pager.incidents.act(key, 'resolved', 'Dan Day')
    const resolved = await scene.ladder(ts, /☑️ On-call · resolved by Dan Day/)
    // The lead has it still, and the ticket is open: only who looks knows whether all is over.
    expect(resolved.text).toMatch(/✅ DevOps lead/)
    expect(scene.pager.alerts).toHaveLength(1)
    await scene.says(ts, /\[Page on-call\]/)
  })

  it('Resolve closes all of it, ticket and lead', async () => {
    const [ts = ''] = (await scene.rig.front.messages()).map((m) => m.ts)
    const ladder = await scene.ladder(ts, /On-call/)
    await scene.click(ladder.ts, 'ladder_resolve', 'bo')
    const over = await scene.ladder(ts, /☑️ DevOps lead .*resolved by @/)
    expect(over.text).toMatch(/☑️ Ticket #1 · closed by @/)
    expect(labels(over.text)).toBe('')
    await scene.direct(/☑️ Resolved by @/)
    expect(labels(await scene.says(ts, /resolved by @/))).toContain('[Contact DevOps lead]')
  })

  it('outside production the button explains and offers Level 2; a reason overrides it, and is in the page', async () => {
    const ts = await scene.diagnose('host2')
    await scene.click(ts, 'escalate_3')
    const [form] = scene.rig.front.openedViews()
    expect(JSON.stringify(form?.view)).toContain(
      'Pages are for production outages, and host2 is in no production group',
    )
    const submit = (values: Record<string, Record<string, string>>) =>
      scene.rig.front.submit({ view: form?.view as never, values })
    const without = await submit({ what: { value: 'page' } })
    expect(without.errors).toEqual({
      reason: 'A page outside production needs a reason: say in a few words why.',
    })
    expect(scene.pager.alerts).toHaveLength(1)
    await submit({ what: { value: 'page' }, reason: { value: 'the release of tonight hangs on it' } })
    const paged = await scene.ladder(ts, /through PagerDuty/)
    expect(paged.text).toContain('not in production; paged because: the release of tonight hangs on it')
    expect(JSON.stringify(scene.pager.alerts[1]?.triggers)).toContain(
      'because: the release of tonight hangs on it',
    )
  })

  it('De-escalate ends the page and gives it to the lead', async () => {
    const ts = (await scene.rig.front.messages()).at(-1)?.ts ?? ''
    const ladder = await scene.ladder(ts, /through PagerDuty/)
    await scene.click(ladder.ts, 'ladder_deescalate')
    const lower = await scene.ladder(ts, /📨 DevOps lead/)
    expect(lower.text).toMatch(/☑️ On-call · de-escalated by @/)
    await scene.rig.front.waitFor(() => scene.pager.alerts[1]?.state === 'resolved', {
      what: 'the end of the page',
    })
    expect(scene.pager.alerts).toHaveLength(2)
  })

  it('Reassign writes to somebody else, who has the whole time', async () => {
    const ts = (await scene.rig.front.messages()).at(-1)?.ts ?? ''
    const ladder = await scene.ladder(ts, /📨 DevOps lead/)
    await scene.click(ladder.ts, 'ladder_reassign')
    const form = scene.rig.front.openedViews().at(-1)
    const bo = scene.rig.front.users.bo ?? ''
    await scene.rig.front.submit({ view: form?.view as never, values: { to: { value: bo } } })
    await scene.ladder(ts, new RegExp(`📨 DevOps lead @${bo}`))
    const message = await scene.direct(/db on host2.*Please acknowledge until/s, 'bo')
    await scene.direct(/➡️ Reassigned to @/)
    await scene.click(message.ts, 'ladder_acknowledge', 'bo', message.channel)
    await scene.ladder(ts, new RegExp(`acknowledged by @${bo}`))
  })

  it('forged ids, tickets and rungs of others are answered, and nothing is done', async () => {
    const { front } = scene.rig
    const ts = (await front.messages()).at(-1)?.ts ?? ''
    const ladder = await scene.ladder(ts, /acknowledged/)
    const guest = await scene.click(ladder.ts, 'ladder_resolve', 'guest')
    await front.waitFor(() => guest.responses().length > 0, { what: 'the private answer' })
    expect(guest.responses()[0]?.text).toMatch(/^Guests may not/)
    await scene.ladder(ts, /acknowledged/)
  })

  it('oncall names who is on call', async () => {
    const asked = await scene.rig.front.command('oncall')
    expect(JSON.stringify(asked.private ?? asked.responses())).toContain(
      'PagerDuty says that nobody is on call',
    )
  })
})
