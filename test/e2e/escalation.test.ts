import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakePagerDuty, startPagerDuty } from '../fakes/pagerduty.ts'
import { type FakeSmtp, startSmtp } from '../fakes/smtp.ts'
import { asText, openRig, type Rig } from './bot.ts'

// Several runs, clicks and waits each, on a machine that others use too.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const ROUTING_KEY = 'R0UT1NGKEY0000000000000000000000'

// Over HTTP alone: the tests of the buttons and time limits run over both.
describe('the three levels, one click each', () => {
  let rig: Rig
  let pager: FakePagerDuty
  let mail: FakeSmtp
  let ts: string

  const click = (actionId: string, user = 'ana') =>
    rig.fakeSlack.click({ channel: 'incidents', ts, actionId, user })
  const mainSays = (words: RegExp, what: string) =>
    rig.fakeSlack.waitFor(async () => words.test(asText(await rig.fakeSlack.message('incidents', ts))), {
      what,
      ms: 20_000,
    })

  beforeAll(async () => {
    pager = await startPagerDuty({ routingKeys: [ROUTING_KEY] })
    mail = await startSmtp()
    rig = await openRig({
      mode: 'http',
      env: { PAGERDUTY_ROUTING_KEY: ROUTING_KEY },
      config: (fakeSlack) => `smtp: { url: '${mail.url}' }
pagerduty: { eventsUrl: '${pager.url}' }
escalation: { lead: { slackUser: ${fakeSlack.users.lead} } }
`,
    })
    await rig.fakeSlack.command('diagnose db host1')
    ts = (await rig.verdict()).ts
  })
  afterAll(async () => {
    await rig?.close()
    await mail?.close()
    await pager?.close()
  })

  it('Level 1 opens one ticket with reproduction steps, however often it is clicked', async () => {
    const { ackMs } = await click('escalate_1')
    expect(ackMs).toBeLessThan(3_000)
    await mainSays(/Ticket #1/, 'the ticket on the message')
    await rig.fakeSlack.waitFor(async () => (await rig.thread(ts)).includes('🎫 Ticket #1'), {
      what: 'the ticket',
    })
    const thread = await rig.thread(ts)
    expect(thread).toContain('Ticket #1')
    expect(asText(await rig.fakeSlack.message('incidents', ts))).not.toContain('[Open ticket]')
    expect(thread.match(/🎫 Ticket #/g)).toHaveLength(1)
  })

  it('its text is edited in a modal, and an edit of an older text is refused', async () => {
    const ticket = (await rig.fakeSlack.replies('incidents', ts)).find((m) => m.text.includes('Ticket #1'))
    const edit = { channel: 'incidents', ts: ticket?.ts ?? '', actionId: 'ticket_edit' }
    await rig.fakeSlack.click(edit)
    await rig.fakeSlack.click({ ...edit, user: 'bo' })
    const opened = await rig.fakeSlack.waitFor(
      () => {
        const filled = rig.fakeSlack.openedViews().filter(({ view }) => view.submit)
        return filled.length === 2 ? filled : undefined
      },
      { what: 'both forms' },
    )
    const [first, second] = opened
    const values = { title: { value: 'PostgreSQL does not answer on host1' } }
    expect(await rig.fakeSlack.submit({ view: first?.view as never, values })).toMatchObject({ status: 200 })
    await rig.fakeSlack.waitFor(
      async () => (await rig.thread(ts)).includes('PostgreSQL does not answer on host1'),
      {
        what: 'the edited ticket in the thread',
      },
    )
    const late = await rig.fakeSlack.submit({ view: second?.view as never, user: 'bo' })
    expect(JSON.stringify(late)).toContain('ana edited ticket #1')
  })

  it('Level 2 writes to the lead and mails the evidence', async () => {
    await click('escalate_2')
    await mainSays(
      /DevOps lead contacted by .*direct message, e-mail to devops@debvisor\.internal/,
      'level 2',
    )
    const [message] = await rig.fakeSlack.dms('lead')
    expect(asText(message)).toContain('db on host1')
    expect(mail.mails).toHaveLength(1)
    expect(mail.mails[0]?.to).toEqual(['devops@debvisor.internal'])
    expect(mail.mails[0]?.raw).toMatch(/^Message-ID:\s+<escalation-/im)
  })

  it('Level 3 pages once with a stable key, after a confirmation', async () => {
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_3', confirm: false })
    expect(pager.alerts).toHaveLength(0)
    await Promise.all([click('escalate_3'), click('escalate_3', 'bo')])
    await mainSays(/On-call paged by .* through PagerDuty/, 'level 3')
    expect(pager.alerts).toHaveLength(1)
    expect(pager.alerts[0]?.triggers).toHaveLength(1)
  })

  it('a second run on the same problem shows what is open, and joins it', async () => {
    await rig.fakeSlack.command('diagnose db host1')
    const next = await rig.verdict({ after: [ts] })
    const shown = asText(next)
    expect(shown).toContain('Ticket #1')
    expect(shown).toMatch(/in another run's thread: http\S+\/archives\//)
    expect(shown).not.toContain('[Page on-call]')
  })
})

describe('a level that fails', () => {
  it('that is not configured says so to whoever clicks, and does nothing', async () => {
    const rig = await openRig({ mode: 'http' })
    try {
      await rig.fakeSlack.command('diagnose db host1')
      const { ts } = await rig.verdict()
      const done = await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_3' })
      await rig.fakeSlack.waitFor(() => done.responses().length > 0, { what: 'the private answer' })
      expect(done.responses()[0]?.text).toMatch(/Nobody can be paged yet/)
      expect(asText(await rig.fakeSlack.message('incidents', ts))).toContain('[Page on-call]')
    } finally {
      await rig.close()
    }
  })

  it('is retried where PagerDuty is down, and pages once', async () => {
    const pager = await startPagerDuty({ routingKeys: [ROUTING_KEY] })
    const rig = await openRig({
      env: { PAGERDUTY_ROUTING_KEY: ROUTING_KEY },
      config: () => `pagerduty: { eventsUrl: '${pager.url}' }\n`,
    })
    try {
      pager.fail({ kind: 'status', status: 500 }, { kind: 'lost-answer' })
      await rig.fakeSlack.command('diagnose db host1')
      const { ts } = await rig.verdict()
      await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_3' })
      await rig.fakeSlack.waitFor(
        async () => asText(await rig.fakeSlack.message('incidents', ts)).includes('through PagerDuty'),
        { what: 'the page after two failures', ms: 30_000 },
      )
      expect(pager.alerts).toHaveLength(1)
      expect(pager.requests.length).toBeGreaterThanOrEqual(3)
    } finally {
      await rig.close()
      await pager.close()
    }
  })
})
