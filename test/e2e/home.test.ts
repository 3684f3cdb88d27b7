import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { View } from '../../playground/slack/state/views.ts'
import { asText, openRig, type Rig } from './bot.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig({ mode: 'socket' })
})
afterAll(() => rig?.close())

const isEnded = (text: string): boolean => /^(🔴|🟠|🟢|🟡) .* on host/u.test(text)

describe('the Home tab', () => {
  /** As its reader sees it after they have opened it. */
  async function opens(user = 'ana'): Promise<{ view: View; text: string }> {
    const { fakeSlack } = rig
    const drawn = () =>
      fakeSlack
        .calls('views.publish')
        .filter(({ answer, args }) => answer?.ok && args.user_id === fakeSlack.users[user]).length
    const before = drawn()
    await fakeSlack.openApp({ user })
    await fakeSlack.waitFor(() => drawn() > before, { what: 'a Home tab' })
    const view = fakeSlack.home(user) as View
    return { view, text: asText({ text: '', ts: '', blocks: view.blocks }) }
  }

  it('is where somebody diagnoses a host, finds its verdict, and looks at its history', async () => {
    const { fakeSlack } = rig
    const first = await opens()
    expect(first.text).toContain('Nothing waits for you, and no trouble is known.')
    expect(first.text).toContain('host1 · not looked at in 30 days')
    await fakeSlack.press({ view: first.view, actionId: 'diagnose_open', value: 'host1' })
    const { view: form } = await fakeSlack.waitFor(
      () => fakeSlack.openedViews().find(({ view }) => view.callback_id === 'diagnose_form'),
      { what: 'the form' },
    )
    await fakeSlack.submit({ view: form, values: { topic: { value: 'db' } } })
    await fakeSlack.waitFor(async () => (await fakeSlack.dms('ana')).some(({ text }) => isEnded(text)), {
      what: 'a verdict',
      ms: 30_000,
    })

    const { view, text } = await opens()
    expect(text).toMatch(/1 host is not healthy/)
    expect(text).toMatch(/🔴 host1 · db: /u)
    expect(text).toMatch(/Your latest runs[\s\S]*🔴 db on host1/u)
    await fakeSlack.press({ view, actionId: 'history_show' })
    const { view: history } = await fakeSlack.waitFor(
      () => fakeSlack.openedViews().find(({ view }) => JSON.stringify(view).includes('The history of host1')),
      { what: 'the history' },
    )
    expect(history).toMatchObject({ type: 'modal', title: { text: 'DebVisor' } })
  })

  it('says one sentence to a guest, and nothing of hosts', async () => {
    const { view, text } = await opens('guest')
    expect(text).toBe('Guests may not use this command; ask a full member of the workspace.')
    expect(JSON.stringify(view)).not.toContain('host1')
  })
})

describe('the panel', () => {
  it('suggests prompts, takes what is clicked as a command, and streams how far it is', async () => {
    const { fakeSlack } = rig
    await fakeSlack.openApp({ tab: 'messages', user: 'bo' })
    const { channel, ts } = await fakeSlack.write('service host2', { user: 'bo' })
    await fakeSlack.waitFor(() => fakeSlack.prompts(channel).length > 0, { what: 'prompts' })
    expect(fakeSlack.prompts(channel).map(({ message }) => message)).toContain('help')
    const replies = () => fakeSlack.replies(channel, ts)
    const [verdict] = await fakeSlack.waitFor(
      async () => (await replies()).some(({ text }) => isEnded(text)) && replies(),
      { what: 'a verdict', ms: 30_000 },
    )
    expect(asText(verdict)).toContain('service on host2')
    expect(fakeSlack.statuses()).toContainEqual({ channel, thread: ts, status: 'is looking …' })
    // One message, which was streamed.
    const streams = fakeSlack.calls('chat.startStream').filter(({ args }) => args.thread_ts === ts)
    expect(streams.map(({ answer }) => answer?.ts)).toEqual([verdict?.ts])
    expect((await replies()).filter(({ text }) => isEnded(text))).toHaveLength(1)

    await fakeSlack.write('why', { user: 'bo', threadTs: ts })
    await fakeSlack.waitFor(async () => (await replies()).some((m) => /From run \w{4}/.test(asText(m))), {
      what: 'an answer',
    })
  })
})
