import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toPlain } from '../../src/slack/transport/plain-text.ts'
import { asText, openRig, type Rig } from './bot.ts'

describe.each(['socket', 'http'] as const)('a ticket and those who work at it, in %s mode', (mode) => {
  let rig: Rig
  /** Of the verdict, and of the ticket in its thread. */
  let ts: string
  let ticketTs: string

  const privately = async (text: string, user = 'ana'): Promise<string> => {
    const { private: answer } = await rig.fakeSlack.command(text, { user })
    return answer ? toPlain(answer as never).replaceAll('`', '') : ''
  }
  let openBefore = new Set<string>()
  const onTicket = (actionId: string, user = 'ana') => {
    openBefore = new Set(rig.fakeSlack.openedViews().map(({ view }) => view.id))
    return rig.fakeSlack.click({ channel: 'incidents', ts: ticketTs, actionId, user })
  }
  /** It opens empty, and is filled once it is known what it shows. */
  const form = (user: string) =>
    rig.fakeSlack.waitFor(
      () => {
        const own = rig.fakeSlack.openedViews().filter((each) => each.user === rig.fakeSlack.users[user])
        return own.find(({ view }) => view.submit && !openBefore.has(view.id))?.view
      },
      { what: `the form of ${user}` },
    )
  const fill = async (actionId: string, values: Record<string, string | null>, user = 'ana') => {
    await onTicket(actionId, user)
    const view = await form(user)
    return { ...(await submit(view, values, user)), view }
  }
  /** What stands in the form's place. */
  const answer = ({ id }: Awaited<ReturnType<typeof form>>): string => {
    const shown = rig.fakeSlack.openedViews().find(({ view }) => view.id === id)?.view
    return asText({ text: '', blocks: shown?.blocks } as never)
  }
  const submit = (
    view: Awaited<ReturnType<typeof form>>,
    values: Record<string, string | null>,
    user = 'ana',
  ) =>
    rig.fakeSlack.submit({
      view,
      user,
      values: Object.fromEntries(Object.entries(values).map(([block, value]) => [block, { value }])),
    })
  const says = (words: RegExp, at = () => ticketTs) =>
    rig.fakeSlack.waitFor(async () => words.test(asText(await rig.fakeSlack.message('incidents', at()))), {
      what: `${words} on the ticket`,
      ms: 20_000,
    })
  const ticketIn = (thread: string, name: string) =>
    rig.fakeSlack.waitFor(
      async () =>
        (await rig.fakeSlack.replies('incidents', thread)).find((m) => m.text.startsWith(`🎫 ${name}:`)),
      { what: name, ms: 20_000 },
    )

  beforeAll(async () => {
    rig = await openRig({ mode })
    await rig.fakeSlack.command('diagnose db host1')
    ts = (await rig.verdict()).ts
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_1' })
    ticketTs = (await ticketIn(ts, 'Ticket #1')).ts
  }, 120_000)
  afterAll(() => rig?.close())

  it('is nobody’s until somebody takes it, and the second one hears who was faster', async () => {
    expect(asText(await rig.fakeSlack.message('incidents', ticketTs))).toContain('⚪ open · unassigned')
    const [first, second] = await Promise.all([onTicket('ticket_take'), onTicket('ticket_take', 'bo')])
    await rig.fakeSlack.waitFor(() => first.responses().length + second.responses().length === 2, {
      what: 'two private answers',
    })
    const answers = [first, second].map((done) => done.responses()[0]?.text).sort()
    expect(answers[0]).toMatch(/^Ticket #1 /)
    expect(answers[1]).toMatch(/^(ana|bo) took ticket #1 (just now|\d+ s ago)\. Read it again/)
    await says(/🔵 in progress · @/)
    expect(asText(await rig.fakeSlack.message('incidents', ticketTs))).not.toContain('[Take it]')
  })

  it('is assigned in a form, and a form that was opened before a change is refused with who changed it', async () => {
    await onTicket('ticket_assign', 'bo')
    const late = await form('bo')
    const bo = rig.fakeSlack.users.bo ?? ''
    const done = await fill('ticket_assign', { assignee: bo, status: 'open' })
    expect(done.errors).toBeUndefined()
    expect(answer(done.view)).toBe(
      `Ticket #1 is now assigned to @${bo} and open.\nThey are told in the thread.\nThe thread shows it in a moment.`,
    )
    await says(/⚪ open · @/)
    expect(await privately('tickets mine', 'bo')).toContain('#1')
    const refused = await submit(late, { assignee: null, status: 'open' }, 'bo')
    expect(refused.errors?.assignee).toMatch(/^ana gave ticket #1 to bo (just now|\d+ s ago)\./)
    await fill('ticket_assign', { assignee: bo, status: 'in-progress' })
    await says(/🔵 in progress · @/)
  })

  it('is not assigned to a guest, nor to a word that is nobody', async () => {
    const { guest } = rig.fakeSlack.users
    const refused = await fill('ticket_assign', { assignee: guest ?? '', status: 'open' })
    expect(refused.errors?.assignee).toMatch(/full member of this workspace/)
    expect(await privately(`ticket 1 assign <@${guest}|guest>`)).toMatch(/full member of this workspace/)
    expect(await privately('ticket 1 assign @bo')).toMatch(/choose the name from the list/)
    expect(await privately('ticket 1 assign bo')).toMatch(/Name the person with @/)
  })

  it('is assigned by command too', async () => {
    expect(await privately(`ticket 1 assign <@${rig.fakeSlack.users.bo}|bo>`)).toContain('is assigned to')
    expect(await privately('ticket 1 assign me')).toContain('is assigned to')
    expect(await privately('tickets mine')).toContain('#1')
  })

  it('is commented on in a form and by command; the thread shows both to everyone, and no secret', async () => {
    await onTicket('ticket_comment', 'bo')
    const view = await form('bo')
    rig.fakeSlack.faults.duplicateDeliveries(1)
    await submit(view, { comment: 'looked at <!channel>\npassword=hunter22hunter22' }, 'bo')
    expect(answer(view)).toMatch(/[Yy]our comment is on ticket #1/)
    await says(/: looked at <!channel> password=/)
    await privately('ticket 1 comment The disk   is `full`.')
    await says(/: The disk is `full`\./)
    await rig.fakeSlack.waitFor(
      async () => (await rig.thread(ts)).includes('on ticket #1: The disk   is `full`.'),
      {
        what: 'the whole comment in the thread',
      },
    )
    const shown = JSON.stringify(await rig.fakeSlack.message('incidents', ticketTs))
    expect(shown.split('looked at <!channel>')).toHaveLength(2)
    expect(shown).not.toContain('hunter22')
    expect(shown).toContain('"text":": looked at <!channel> password=')
  })

  it('is edited in a form, and an edit of an older text is refused with who was faster', async () => {
    await onTicket('ticket_edit', 'bo')
    const late = await form('bo')
    expect((await fill('ticket_edit', { title: 'The disk of host1 is full' })).errors).toBeUndefined()
    await says(/🎫 Ticket #1: The disk of host1 is full/)
    const refused = await submit(late, { title: 'No, it is not' }, 'bo')
    expect(JSON.stringify(refused.errors)).toMatch(/ana edited ticket #1 (just now|\d+ s ago)/)
    await fill('ticket_edit', { title: 'db on host1: it is down' })
    await says(/🎫 Ticket #1: db on host1/)
  })

  it('takes no text of 40,000 characters, and says how many it takes', async () => {
    expect(await privately(`ticket 1 comment ${'x'.repeat(5_000)}`)).toContain(
      'has 5000 characters, and a ticket takes 3000',
    )
    expect(await privately(`ticket 1 comment ${'x'.repeat(40_000)}`)).toContain('it may have 6000')
    await onTicket('ticket_comment')
    const forged = { ...(await form('ana')) }
    await expect(submit(forged, { comment: 'x'.repeat(40_000) })).rejects.toThrow('3000 characters at most')
  })

  it('is shown to whoever asks, with its buttons, which work there as well', async () => {
    const done = await rig.fakeSlack.command('ticket 1', { user: 'bo' })
    const shown = done.private ? toPlain(done.private as never) : ''
    expect(shown).toContain('🎫 Ticket #1: db on host1')
    expect(shown).toContain('[Close]')
    expect(shown).toContain('its thread')
    const copy = rig.fakeSlack.ephemerals('bo').findLast((m) => m.text.startsWith('🎫'))
    await rig.fakeSlack.click({
      channel: 'incidents',
      ts: copy?.ts ?? '',
      actionId: 'ticket_comment',
      user: 'bo',
    })
    await submit(await form('bo'), { comment: 'from my own copy' }, 'bo')
    await says(/: from my own copy/)
  })

  it('is closed with a reason, once, and the verdict offers a new one', async () => {
    await onTicket('ticket_close', 'bo')
    const late = await form('bo')
    await fill('ticket_close', { reason: 'The disk was enlarged.' })
    await says(/✅ closed by .*: The disk was enlarged\./)
    const refused = await submit(late, { reason: 'me too' }, 'bo')
    expect(refused.errors?.reason).toMatch(/^ana closed ticket #1 (just now|\d+ s ago)\. Reopen it first/)
    expect(await privately('ticket 1 close')).toMatch(/^ana closed ticket #1/)
    expect(await privately('tickets')).toContain('No ticket is open.')
    expect(await privately('tickets all')).toContain('closed')
    await says(/Ticket #1 opened by .* · closed[\s\S]*\[Open ticket\]/, () => ts)
  })

  it('comes again as a new one, which names the one before it', async () => {
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'escalate_1' })
    const next = await ticketIn(ts, 'Ticket #2')
    expect(asText(next)).toMatch(/🔁 again: ticket #1 was closed /)
    expect(await privately('ticket 1 reopen')).toBe('Ticket #2 is open for the same problem: go on there.')
    expect(await privately('ticket 2 close It was a test.')).toContain('is closed.')
    expect(await privately('ticket 1 reopen')).toContain('is open again.')
    await says(/🔵 in progress/)
  })

  it('lists by pages and answers a page that is not there', async () => {
    expect(await privately('tickets all 9')).toContain('There is 1 page')
    expect(await privately('tickets al')).toMatch(/Did you mean all\?/)
    expect(await privately('ticket 1 asign me')).toMatch(/Did you mean assign\?/)
    expect(await privately('tiket 1')).toMatch(/Did you mean ticket/)
    expect(await privately('ticket')).toContain('Which ticket?')
    expect(await privately('ticket 99')).toContain('There is no ticket #99')
  })

  it('is not for a guest', async () => {
    expect(await privately('ticket 1', 'guest')).toMatch(/^Guests may not/)
    expect(await privately('tickets', 'guest')).toMatch(/^Guests may not/)
  })
})
