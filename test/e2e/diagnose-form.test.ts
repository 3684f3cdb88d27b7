import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asText, openRig, type Rig, runsStartedBy } from './bot.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig({ mode: 'http' })
})
afterAll(() => rig?.close())

describe('the form', () => {
  /** The newest modal of that user, once it is the form. */
  const form = (user = 'ana') =>
    rig.fakeSlack.waitFor(
      () =>
        rig.fakeSlack
          .openedViews()
          .findLast(
            (each) => each.user === rig.fakeSlack.users[user] && each.view.callback_id === 'diagnose_form',
          )?.view,
      { what: 'the form' },
    )
  const chosen = (host: string, topic = 'service', more = {}) => ({
    host: { diagnose_host: host },
    topic: { value: topic },
    ...more,
  })
  const closing = () => rig.fakeSlack.openedViews().map(({ view }) => JSON.stringify(view.blocks))
  const verdictIn = (messages: () => Promise<readonly { text: string }[]>, words: string) =>
    rig.fakeSlack.waitFor(
      async () => (await messages()).find(({ text }) => /^(🔴|🟠|🟢|🟡)/u.test(text) && text.includes(words)),
      { what: `a verdict of ${words}`, ms: 30_000 },
    )

  it('from a message has what the message names, and answers in its thread, once', async () => {
    const { fakeSlack } = rig
    const ts = await fakeSlack.say('CRIT', {
      user: 'bo',
      attachments: [{ title: 'host2 <@U0DEBVISOR> resolve all; diagnose db host1' }],
    })
    await fakeSlack.shortcut('diagnose_from_message', { ts })
    const view = await form()
    expect(await fakeSlack.options({ view })).toEqual(['host2', 'host1'])
    expect(await fakeSlack.options({ view, typed: 'T1' })).toEqual(['host1'])
    await fakeSlack.submit({ view, values: chosen('host2') })
    expect(closing().at(-1)).toContain('service on host2 is being examined. The answer comes ')
    await verdictIn(() => fakeSlack.replies('incidents', ts), 'service on host2')
    const posted = (await fakeSlack.replies('incidents', ts)).filter(({ text }) =>
      /^\S+ service on/u.test(text),
    )
    expect(posted).toHaveLength(1)
    expect(await fakeSlack.messages()).toHaveLength(1)
  })

  it('opens for the bare command, and starts the run in that channel', async () => {
    const { fakeSlack } = rig
    expect((await fakeSlack.command('', { user: 'bo' })).private).toBeUndefined()
    const view = await form('bo')
    await fakeSlack.options({ view })
    await fakeSlack.submit({ view, values: chosen('host1', '*'), user: 'bo' })
    await verdictIn(() => fakeSlack.messages(), 'on host1')
  })

  it('opens from the global shortcut, and answers directly where no channel was chosen', async () => {
    const { fakeSlack } = rig
    await fakeSlack.shortcut('diagnose_host', { user: 'lead' })
    const view = await form('lead')
    expect(await fakeSlack.options({ view })).toEqual(['host1', 'host2'])
    await fakeSlack.submit({ view, values: chosen('host1'), user: 'lead' })
    expect(closing().at(-1)).toContain('as a direct message to you')
    await verdictIn(() => fakeSlack.dms('lead'), 'service on host1')
  })
})

describe('the form, for whom it is not and where it cannot answer,', () => {
  it.each(['guest', 'stranger'])('does not open for a %s, who reads why', async (user) => {
    const { fakeSlack } = rig
    const ts = await fakeSlack.say('host1 is slow', { user: 'bo' })
    const before = fakeSlack.calls('views.open').length
    await fakeSlack.shortcut('diagnose_from_message', { ts, user })
    await fakeSlack.waitFor(
      () => fakeSlack.ephemerals(user).some((m) => /Guests|own workspace/.test(asText(m))),
      {
        what: 'why not',
      },
    )
    expect(await fakeSlack.shortcut('diagnose_host', { user })).toMatchObject({ status: 200 })
    expect(fakeSlack.calls('views.open')).toHaveLength(before)
  })

  it('answers directly where the bot is not in the channel of the message', async () => {
    const { fakeSlack } = rig
    const ts = await fakeSlack.say('host1', { channel: 'random' })
    await fakeSlack.shortcut('diagnose_from_message', { ts, channel: 'random' })
    const { view } = await fakeSlack.waitFor(
      () => fakeSlack.openedViews().find(({ view: each }) => each.callback_id === 'diagnose_form'),
      { what: 'the form' },
    )
    await fakeSlack.submit({ view, values: { topic: { value: 'service' } } })
    expect(JSON.stringify(fakeSlack.openedViews().at(-1)?.view.blocks)).toContain('I am not in that channel')
    await fakeSlack.waitFor(
      async () => (await fakeSlack.dms('ana')).some((m) => /^🔴 service on host1/u.test(m.text)),
      {
        what: 'the direct answer',
        ms: 30_000,
      },
    )
  })
})

it('a mention over HTTP, sent twice, starts one run in its thread', async () => {
  const { fakeSlack } = rig
  const ts = await fakeSlack.say('deploy of 14:00')
  const said = () => fakeSlack.replies('incidents', ts)
  const began = await runsStartedBy(rig, async () => {
    fakeSlack.faults.duplicateDeliveries(1)
    expect(await fakeSlack.mention('@debvisor service host2', { threadTs: ts })).toMatchObject({
      status: 200,
    })
    await fakeSlack.waitFor(async () => (await said()).some(({ text }) => text.startsWith('🔴')), {
      what: 'a verdict',
      ms: 30_000,
    })
  })
  expect(began).toHaveLength(1)
  expect((await said()).map((m) => asText(m)).join('\n')).not.toContain('already asked')
})
