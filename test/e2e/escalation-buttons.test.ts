import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signed } from '../fakes/pagerduty-webhooks.ts'
import { asText } from './bot.ts'
import { labels, openScene, type Scene, SECRET } from './escalation-scene.ts'

// Several runs, clicks and waits each, on a machine that others use too.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

describe.each(['socket', 'http'] as const)('the buttons of an escalation, over %s', (mode) => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene({
      mode,
      limit: '{ minutes: 20, then: offer }',
      // The incident is known by its alerts then, which the REST API tells.
      withoutIncidentKey: mode === 'http',
      onCalls: [
        {
          user: 'Carla Night',
          level: 1,
          policy: { id: 'PPOL1', name: 'Production' },
          end: '2026-12-31T08:00:00Z',
        },
      ],
    })
  })
  afterAll(() => scene?.close())

  it('Level 2 is acknowledged in the direct message; button and timer go, everywhere', async () => {
    const ts = await scene.diagnose('host1')
    await scene.click(ts, 'escalate_2')
    const open = await scene.escalation(ts, /direct message, e-mail to devops@debvisor\.internal/)
    expect(open.text).toMatch(/📨 DevOps lead @\w+ · contacted for @\w+/)
    expect(open.text).toMatch(/next: paging the on-call is offered at .* UTC, unless somebody acknowledges/)
    expect(labels(open.text)).toBe('[Acknowledge] [Reassign] [De-escalate] [Resolve]')
    const message = await scene.direct(/Please acknowledge by/)
    expect(labels(asText(message))).toBe('[Acknowledge] [Reassign]')

    await scene.click(message.ts, 'ladder_acknowledge', 'lead', message.channel)
    const taken = await scene.escalation(ts, /✅ DevOps lead .*acknowledged by/)
    expect(taken.text).not.toContain('next:')
    expect(labels(taken.text)).toBe('[Reassign] [De-escalate] [Resolve]')
    await scene.direct(/✅ Acknowledged by @/)
    await scene.says(ts, /DevOps lead contacted by .* · acknowledged by @/)

    // Somebody whose screen still shows the button.
    const late = await scene.rig.fakeSlack
      .click({ channel: message.channel, ts: message.ts, actionId: 'ladder_acknowledge', user: 'lead' })
      .catch((error: Error) => error.message)
    expect(late).toContain('is not in the message')
  })

  it('Level 3 pages in production with ticket, conversation and thread, and what PagerDuty says comes back', async () => {
    const [ts = ''] = (await scene.rig.fakeSlack.messages()).map((m) => m.ts)
    await scene.click(ts, 'escalate_1')
    await scene.says(ts, /Ticket #1/)
    await Promise.all([scene.click(ts, 'escalate_3', 'bo'), scene.click(ts, 'escalate_3')])
    await scene.escalation(ts, /📟 On-call · paged for .*through PagerDuty/)
    expect(scene.pager.alerts[0]?.triggers).toHaveLength(1)
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
    const acknowledged = await scene.escalation(ts, /✅ On-call · acknowledged by Carla Night/)
    expect(acknowledged.text).toMatch(
      /incident #1: https:\/\/example\.pagerduty\.com\/incidents\/Q\w+ · P1 · with Carla Night/,
    )
    const twice = await scene.pager.incidents.again(scene.pager.incidents.sent.at(-1) as never)
    expect(twice).toMatchObject({ status: 202, answer: expect.stringContaining('repeated') })
    await scene.pager.incidents.act(key, 'reassigned', 'Carla Night', { assignees: [{ summary: 'Dan Day' }] })
    await scene.escalation(ts, /with Dan Day/)

    await scene.pager.incidents.act(key, 'resolved', 'Dan Day')
    const resolved = await scene.escalation(ts, /☑️ On-call · resolved by Dan Day/)
    // The lead has it still, and the ticket is open: only who looks knows whether all is over.
    expect(resolved.text).toMatch(/✅ DevOps lead/)
    expect(scene.pager.alerts).toHaveLength(1)
    await scene.says(ts, /\[Page on-call\]/)
  })

  it('Resolve closes all of it, ticket and lead', async () => {
    const [ts = ''] = (await scene.rig.fakeSlack.messages()).map((m) => m.ts)
    const escalation = await scene.escalation(ts, /On-call/)
    await scene.click(escalation.ts, 'ladder_resolve', 'bo')
    const over = await scene.escalation(ts, /☑️ DevOps lead .*resolved by @/)
    expect(over.text).toMatch(/☑️ Ticket #1 · closed by @/)
    expect(labels(over.text)).toBe('')
    const ticket = await scene.reply(
      ts,
      /^🎫 Ticket #1/,
      /✅ closed by @.*: It was resolved with all that was open/,
    )
    expect(ticket.text).toContain('[Comment] [Reopen]')
    await scene.direct(/☑️ Resolved by @/)
    expect(labels(await scene.says(ts, /^☑️ \S+ on \S+: resolved by @/u))).toBe('[Check again]')
  })

  it('outside production the button explains and offers Level 2; a reason overrides it, and is in the page', async () => {
    const ts = await scene.diagnose('host2')
    await scene.click(ts, 'escalate_3')
    const [form] = scene.rig.fakeSlack.openedViews()
    expect(JSON.stringify(form?.view)).toContain(
      'Pages are for production outages, and host2 is in no production group',
    )
    const submit = (values: Record<string, Record<string, string>>) =>
      scene.rig.fakeSlack.submit({ view: form?.view as never, values })
    const without = await submit({ reason: { value: 'x' } })
    expect(without.errors).toEqual({
      reason: 'A page outside production needs a reason: say in a few words why.',
    })
    expect(scene.pager.alerts).toHaveLength(1)
    await submit({ reason: { value: 'the release of tonight hangs on it' } })
    expect(JSON.stringify(scene.rig.fakeSlack.openedViews().at(-1)?.view)).toContain(
      'The on-call is being paged',
    )
    const paged = await scene.escalation(ts, /through PagerDuty/)
    expect(paged.text).toContain('not in production; paged because: the release of tonight hangs on it')
    expect(JSON.stringify(scene.pager.alerts[1]?.triggers)).toContain(
      'because: the release of tonight hangs on it',
    )
  })

  it('the form brings Level 2 in one click, too, whatever was typed for a page', async () => {
    const ts = await scene.diagnose('host3')
    await scene.click(ts, 'escalate_3')
    const view = scene.rig.fakeSlack.openedViews().at(-1)?.view as never
    const press = () =>
      scene.rig.fakeSlack.press({
        view,
        actionId: 'page_override_lead',
        values: { reason: { value: 'the release of tonight' } },
      })
    expect(await Promise.all([press(), press()])).toMatchObject([{ status: 200 }, { status: 200 }])
    const shown = await scene.rig.fakeSlack.waitFor(
      () => {
        const words = JSON.stringify(scene.rig.fakeSlack.openedViews().at(-1)?.view)
        return words.includes('No page was sent') && words
      },
      { what: 'what was done, in the form' },
    )
    expect(shown).toMatch(/The DevOps lead (is being|was already) contacted/)
    await scene.escalation(ts, /📨 DevOps lead/)
    expect(scene.pager.alerts).toHaveLength(2)
  })

  it('De-escalate ends the page and gives it to the lead', async () => {
    const ts = (await scene.rig.fakeSlack.messages()).at(-2)?.ts ?? ''
    const escalation = await scene.escalation(ts, /through PagerDuty/)
    await scene.click(escalation.ts, 'ladder_deescalate')
    const lower = await scene.escalation(ts, /📨 DevOps lead/)
    expect(lower.text).toMatch(/☑️ On-call · de-escalated by @/)
    await scene.rig.fakeSlack.waitFor(() => scene.pager.alerts[1]?.state === 'resolved', {
      what: 'the end of the page',
    })
    expect(scene.pager.alerts).toHaveLength(2)
  })

  it('Reassign writes to somebody else, who has the whole time', async () => {
    const ts = (await scene.rig.fakeSlack.messages()).at(-2)?.ts ?? ''
    const escalation = await scene.escalation(ts, /📨 DevOps lead/)
    await scene.click(escalation.ts, 'ladder_reassign')
    const form = await scene.rig.fakeSlack.waitFor(
      () =>
        scene.rig.fakeSlack
          .openedViews()
          .find(({ view }) => JSON.stringify(view).includes('ladder_reassigned')),
      { what: 'the form' },
    )
    const bo = scene.rig.fakeSlack.users.bo ?? ''
    await scene.rig.fakeSlack.submit({ view: form?.view as never, values: { to: { value: bo } } })
    const shown = scene.rig.fakeSlack.openedViews().find(({ view }) => view.id === form?.view.id)
    expect(JSON.stringify(shown?.view)).toContain('is being written to about db on host2. This pages nobody.')
    await scene.escalation(ts, new RegExp(`📨 DevOps lead @${bo}`))
    const message = await scene.direct(/db on host2.*Please acknowledge by/s, 'bo')
    await scene.direct(/➡️ Reassigned to @/)
    await scene.click(message.ts, 'ladder_acknowledge', 'bo', message.channel)
    await scene.escalation(ts, new RegExp(`acknowledged by @${bo}`))
  })

  it('a guest who clicks is refused, and nothing is done', async () => {
    const { fakeSlack } = scene.rig
    const ts = (await fakeSlack.messages()).at(-2)?.ts ?? ''
    const escalation = await scene.escalation(ts, /acknowledged/)
    const guest = await scene.click(escalation.ts, 'ladder_resolve', 'guest')
    await fakeSlack.waitFor(() => guest.responses().length > 0, { what: 'the private answer' })
    expect(guest.responses()[0]?.text).toMatch(/^Guests may not/)
    await scene.escalation(ts, /acknowledged/)
  })

  it('webhooks that PagerDuty did not sign, or that are too large, are refused before they are read', async () => {
    const url = `${scene.rig.bot.url}/pagerduty/webhook`
    const sent = scene.pager.incidents.sent.findLast(({ type }) => type === 'incident.resolved')
    const post = async (body: string, signature?: string) =>
      (
        await fetch(url, {
          method: 'POST',
          body,
          headers: signature ? { 'x-pagerduty-signature': signature } : {},
        })
      ).status
    const body = sent?.body ?? ''
    expect(await post(body)).toBe(401)
    expect(await post(body, signed(body, ['a guess']))).toBe(401)
    expect(await post(`${body} `, sent?.signature)).toBe(401)
    expect(await post('{}', signed('{}', [SECRET]))).toBe(400)
    expect(await post('x'.repeat(1024 * 1024 + 1), signed('', [SECRET]))).toBe(413)
    expect((await fetch(url)).status).toBe(405)
    // Whose incident it is has to be asked, and PagerDuty does not say now: it is to come again.
    const strange = JSON.stringify({
      event: {
        ...{ id: '01STRANGE', event_type: 'incident.resolved', occurred_at: new Date().toISOString() },
        data: { id: 'QSTRANGE', incident_key: null },
      },
    })
    scene.pager.fail({ kind: 'status', status: 503 })
    expect(await post(strange, signed(strange, [SECRET]))).toBe(503)
    expect(await post(strange, signed(strange, ['another', SECRET]))).toBe(202)
    expect(scene.rig.log.join('')).not.toContain(SECRET)
  })

  it('oncall names who is on call', async () => {
    const asked = await scene.rig.fakeSlack.command('oncall')
    expect(JSON.stringify(asked.private)).toMatch(/On call now.*Carla Night.*level 1 of Production.*until/)
  })
})
