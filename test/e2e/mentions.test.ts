import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asText, openRig, type Rig, runsStartedBy } from './bot.ts'

const APP_ALERT = {
  title: 'FIRING: HostSlow',
  fields: [{ title: 'Instance', value: 'host1:9100' }],
}

let rig: Rig
beforeAll(async () => {
  rig = await openRig({ mode: 'socket' })
})
afterAll(() => rig?.close())

describe('in a thread', () => {
  const replies = async (ts: string) => (await rig.fakeSlack.replies('incidents', ts)).map((m) => asText(m))
  const reply = (ts: string, words: RegExp) =>
    rig.fakeSlack.waitFor(async () => (await replies(ts)).find((text) => words.test(text)), {
      what: `a reply like ${words}`,
      ms: 30_000,
    })
  const verdicts = async (ts: string) =>
    (await rig.fakeSlack.replies('incidents', ts)).filter((m) => /^(🔴|🟠|🟢|🟡) .* on host/u.test(m.text))

  it('a mention starts a run there, whose verdict, and what is asked about it, stand in the same thread', async () => {
    const ts = await rig.fakeSlack.say('deploy of 14:00')
    const { fakeSlack } = rig
    expect(await fakeSlack.mention('@debvisor diagnose service host1', { threadTs: ts })).toMatchObject({
      status: 200,
    })
    await fakeSlack.waitFor(async () => (await verdicts(ts)).length === 1, { what: 'a verdict', ms: 30_000 })
    expect(await fakeSlack.messages()).toHaveLength(1)

    await fakeSlack.mention('@debvisor why?', { threadTs: ts })
    expect(await reply(ts, /From run \w{4}/)).toMatch(/service on host1: .*\n?[\s\S]*(Cause|Ruled out)/)
    await fakeSlack.mention('@debvisor again', { threadTs: ts })
    await fakeSlack.waitFor(async () => (await verdicts(ts)).length === 2, { what: 'a re-check', ms: 30_000 })
    expect(await fakeSlack.messages()).toHaveLength(1)
    await fakeSlack.mention('@debvisor cancel', { threadTs: ts })
    await reply(ts, /had already ended/)
  })

  it('the host is found in the alert above, and a topic that nothing tells is asked for', async () => {
    const { fakeSlack } = rig
    const ts = await fakeSlack.say('', { user: 'bo', attachments: [APP_ALERT] })
    await fakeSlack.mention('@debvisor diagnose', { threadTs: ts })
    await reply(ts, /Which topic on host1\?/)
    const asked = (await fakeSlack.replies('incidents', ts)).find((m) => m.text.startsWith('Which topic'))
    const choose = { channel: 'incidents', ts: asked?.ts ?? '', actionId: 'diagnose_chosen' }
    await fakeSlack.click({ ...choose, value: 'diagnose service host1', user: 'bo' })
    await fakeSlack.waitFor(async () => (await verdicts(ts)).length === 1, { what: 'a verdict', ms: 30_000 })
  })
})

describe('a mention', () => {
  const { mention, messages, replies } = {
    mention: (...args: Parameters<Rig['fakeSlack']['mention']>) => rig.fakeSlack.mention(...args),
    messages: () => rig.fakeSlack.messages(),
    replies: (ts: string) => rig.fakeSlack.replies('incidents', ts),
  }
  const answerTo = async (...args: Parameters<Rig['fakeSlack']['mention']>) => {
    const { ts } = await mention(...args)
    const [first] = await rig.fakeSlack.waitFor(async () => (await replies(ts)).length > 0 && replies(ts), {
      what: 'an answer',
    })
    return asText(first).replaceAll('`', '')
  }

  it('in the channel is answered below it, and says what a slash command would say', async () => {
    expect(await answerTo('@debvisor help')).toContain('@debvisor diagnose <topic> <host>')
    expect(await answerTo('is it slow? @debvisor diagnose')).toContain(
      'No host that you may diagnose is named',
    )
  })

  it.each([
    ['asks for a list', '@debvisor hosts', 'host2'],
    ['is mistyped', '@debvisor diagnose db hots1', 'Did you mean host1?'],
    ['names no run', '@debvisor why', 'Which run? @debvisor why 7F3K'],
    ['is part of a sentence', 'should we @debvisor page?', 'Nothing was done. page counts only'],
  ])('that %s is answered for its reader alone', async (_, text, answer) => {
    const { ts } = await mention(text)
    const said = () => rig.fakeSlack.ephemerals('ana').map((m) => asText(m).replaceAll('`', ''))
    await rig.fakeSlack.waitFor(() => said().some((each) => each.includes(answer)), { what: answer })
    expect(await replies(ts)).toHaveLength(0)
  })

  it.each([
    ['a guest', 'guest', {}, /^Guests may not/],
    ['somebody of another workspace', 'stranger', {}, /own workspace/],
    ['whoever edits a message', 'ana', { edited: { user: 'U1', ts: '1.1' } }, /edited is not read/],
  ])('of %s is answered, and does nothing', async (_, user, event, said) => {
    expect(await answerTo('@debvisor diagnose db host1', { user, event })).toMatch(said)
  })

  it.each([
    ['another bot', '@debvisor diagnose db host1', { bot_id: 'B0OTHER' }],
    ['the bot itself', '@debvisor diagnose db host1', { user: 'U0DEBVISOR' }],
    ['somebody in code', '`@debvisor diagnose db host1`', {}],
    ['somebody in a quotation', '&gt; @debvisor diagnose db host1', {}],
  ])('of %s is counted as refused, and answered with nothing', async (_, text, event) => {
    const refused = () => rig.log.filter((line) => line.includes('refused: ')).length
    const before = refused()
    const { ts, status } = await mention(text, { event })
    expect(status).toBe(200)
    expect(refused()).toBe(before + 1)
    expect(await mention('@debvisor runbooks')).toMatchObject({ status: 200 })
    expect(await replies(ts)).toHaveLength(0)
  })

  it('that Slack sends twice starts one run, and is answered once', async () => {
    const began = await runsStartedBy(rig, async () => {
      rig.fakeSlack.faults.duplicateDeliveries(1)
      const { ts } = await mention('@debvisor service host2')
      await rig.fakeSlack.waitFor(async () => (await replies(ts)).some((m) => /^🔴/u.test(m.text)), {
        what: 'a verdict',
        ms: 30_000,
      })
      rig.fakeSlack.faults.duplicateDeliveries(1)
      const asked = await mention('@debvisor help')
      await rig.fakeSlack.waitFor(async () => (await replies(asked.ts)).length > 0, { what: 'an answer' })
      expect(await mention('@debvisor hosts')).toMatchObject({ status: 200 })
      expect(await replies(asked.ts)).toHaveLength(1)
      expect((await replies(ts)).map((m) => asText(m)).join('\n')).not.toContain('already asked')
    })
    expect(began).toHaveLength(1)
    expect((await messages()).some((m) => m.text.includes('service on host2'))).toBe(false)
  })
})

it('the form over a socket, sent twice, starts one run in the thread of its message', async () => {
  const { fakeSlack } = rig
  const ts = await fakeSlack.say('host1 is slow', { user: 'bo' })
  await fakeSlack.shortcut('diagnose_from_message', { ts, user: 'bo' })
  const { view } = await fakeSlack.waitFor(
    () => fakeSlack.openedViews().find((each) => each.view.callback_id === 'diagnose_form'),
    { what: 'the form' },
  )
  expect(await fakeSlack.options({ view, typed: 'host' })).toEqual(['host1', 'host2'])
  const said = () => fakeSlack.replies('incidents', ts)
  const began = await runsStartedBy(rig, async () => {
    fakeSlack.faults.duplicateDeliveries(1)
    expect(await fakeSlack.submit({ view, values: { topic: { value: 'db' } }, user: 'bo' })).toMatchObject({
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
