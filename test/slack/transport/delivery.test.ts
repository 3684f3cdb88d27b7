import type { KnownBlock } from '@slack/types'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../src/async/clock.ts'
import type { Message } from '../../../src/slack/message.ts'
import { fixLoading } from '../../../src/slack/messages/fix/fix-form.ts'
import { runningMessage } from '../../../src/slack/messages/run/progress-message.ts'
import { verdictMessage } from '../../../src/slack/messages/run/verdict-message.ts'
import { ticketModal } from '../../../src/slack/messages/ticket/edit-form.ts'
import { makeClient } from '../../../src/slack/transport/client.ts'
import { type Delivery, makeDelivery } from '../../../src/slack/transport/delivery.ts'
import { hurriedClock } from '../../fakes/clock.ts'
import { diskReport, run, view } from '../messages/sample-views.ts'
import { worked } from '../messages/ticket/sample-tickets.ts'
import { type SilentBot, startSilentBot } from '../silent-bot.ts'

const warnings: string[] = []
const log = { warn: (_: object, message: string) => void warnings.push(message), debug: () => {} }
const key = { run: 'r1', key: 'main' }
const say = (text: string): Message => ({ text, blocks: [] })
const running = runningMessage(view(run({ state: 'running' })))
const verdict = verdictMessage(view(run({ report: diskReport() })))

let silentBot: SilentBot
let clock: ReturnType<typeof hurriedClock>
let delivery: Delivery
let incidents: string

const open = (over: Clock): Delivery =>
  makeDelivery({
    client: makeClient(silentBot.fakeSlack.botToken, { apiUrl: silentBot.fakeSlack.apiUrl, log }),
    clock: over,
    log,
  })

beforeEach(async () => {
  silentBot = await startSilentBot()
  clock = hurriedClock()
  warnings.length = 0
  incidents = silentBot.fakeSlack.channels.incidents
  delivery = open(clock)
})
afterEach(() => silentBot.close())

const posted = async (message: Message, channel = incidents, thread?: string): Promise<string> => {
  const result = await delivery.post({ channel, thread }, message, key)
  if (!result.ok) throw new Error(result.detail)
  return result.ts
}
const calls = (method: string): number => silentBot.fakeSlack.calls(method).length
const richText = (text: string): KnownBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
})
const kinds = async (): Promise<unknown[][]> =>
  (await silentBot.fakeSlack.messages()).map((message) => (message.blocks ?? []).map((block) => block.type))

describe('posting', () => {
  it('says it in the channel, unfurls nothing, and leaves its key in the message', async () => {
    const ts = await posted(verdict)
    expect(await silentBot.fakeSlack.messages()).toMatchObject([
      {
        ts,
        text: verdict.text,
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: 'debvisor_message', event_payload: key },
      },
    ])
  })

  it('keeps the order of a channel through rate limits and outages', async () => {
    silentBot.fakeSlack.faults.rateLimit('chat.postMessage', 7)
    silentBot.fakeSlack.faults.fail5xx('chat.postMessage')
    await Promise.all(['1', '2', '3', '4', '5', '6'].map((text) => posted(say(text))))
    const texts = (await silentBot.fakeSlack.messages()).map((message) => message.text)
    expect(texts).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(clock.slept).toContain(7_000)
  })

  it('obeys Retry-After for that channel alone', async () => {
    delivery = open(systemClock)
    silentBot.fakeSlack.faults.rateLimit('chat.postMessage', 2)
    const began = performance.now()
    const limited = posted(say('limited')).then(() => performance.now() - began)
    await silentBot.fakeSlack.waitFor(() => calls('chat.postMessage'), { what: 'the call that is limited' })
    await posted(say('free'), silentBot.fakeSlack.channels.second)
    expect(await silentBot.fakeSlack.messages()).toEqual([])
    expect(await limited).toBeGreaterThan(1_900)
  })

  it('does not post again what Slack took while its answer was lost', async () => {
    silentBot.fakeSlack.faults.acceptThenBreak('chat.postMessage')
    const ts = await posted(verdict)
    expect((await silentBot.fakeSlack.messages()).map((message) => message.ts)).toEqual([ts])
  })

  it('does not post again what Slack may have taken, while Slack does not say whether it has it', async () => {
    silentBot.fakeSlack.faults.acceptThenBreak('chat.postMessage')
    silentBot.fakeSlack.faults.fail5xx('conversations.history', 2)
    silentBot.fakeSlack.faults.rateLimit('conversations.history', 3)
    const ts = await posted(verdict)
    expect((await silentBot.fakeSlack.messages()).map((message) => message.ts)).toEqual([ts])
    expect(calls('chat.postMessage')).toBe(1)
  })

  it('leaves to a later try what it could not look up', async () => {
    silentBot.fakeSlack.faults.acceptThenBreak('chat.postMessage')
    silentBot.fakeSlack.faults.fail5xx('conversations.history', 20)
    const result = await delivery.post({ channel: incidents }, verdict, key)
    expect(result).toMatchObject({ ok: false, reason: 'unavailable' })
    expect(await silentBot.fakeSlack.messages()).toHaveLength(1)
  })

  it('sends nothing that nobody wants any more once its wait is over', async () => {
    let waited = 0
    const isWanted = () => waited++ === 0
    silentBot.fakeSlack.faults.rateLimit('chat.postMessage', 7)
    const unwanted = await delivery.post({ channel: incidents, isWanted }, verdict, key)
    expect(unwanted).toMatchObject({ ok: false, reason: 'refused', detail: 'no longer wanted' })
    expect(await silentBot.fakeSlack.messages()).toEqual([])
    const thread = await posted(say('main'))
    const file = { filename: 'db-host1-7F3K.txt', content: 'df\n' }
    const to = { channel: incidents, thread, isWanted: () => false }
    expect(await delivery.upload(to, file)).toMatchObject({ ok: false, reason: 'refused' })
    expect(silentBot.fakeSlack.files()).toEqual([])
  })

  it('finds a lost answer in a thread too', async () => {
    const thread = await posted(say('main'))
    silentBot.fakeSlack.faults.acceptThenBreak('chat.postMessage')
    const mark = { run: 'r1', key: 'thread:1' }
    const result = await delivery.post({ channel: incidents, thread }, say('evidence'), mark)
    const replies = await silentBot.fakeSlack.replies('incidents', thread)
    expect(replies.map((message) => message.text)).toEqual(['evidence'])
    expect(result).toEqual({ ok: true, ts: replies[0]?.ts })
  })

  it('gives up as a value when Slack stays away', async () => {
    silentBot.fakeSlack.faults.fail5xx('chat.postMessage', 20)
    const result = await delivery.post({ channel: incidents }, verdict, key)
    expect(result).toMatchObject({ ok: false, reason: 'unavailable' })
    expect(calls('chat.postMessage')).toBe(6)
  })

  it('leaves a wait of minutes to the durable queue', async () => {
    silentBot.fakeSlack.faults.rateLimit('chat.postMessage', 300)
    const result = await delivery.post({ channel: incidents }, verdict, key)
    expect(result).toMatchObject({ ok: false, reason: 'rate-limited' })
  })

  it.each(['random', 'war-room'] as const)(
    'says that it is not in #%s, and does not insist',
    async (name) => {
      const result = await delivery.post({ channel: silentBot.fakeSlack.channels[name] }, verdict, key)
      expect(result).toMatchObject({ ok: false, reason: 'not-in-channel' })
      expect(calls('chat.postMessage')).toBe(1)
    },
  )

  it('does not insist on what is refused for good', async () => {
    silentBot.fakeSlack.faults.refuse('chat.postMessage', 'restricted_action')
    const result = await delivery.post({ channel: incidents }, verdict, key)
    expect(result).toMatchObject({ ok: false, reason: 'refused', detail: 'restricted_action' })
    expect(calls('chat.postMessage')).toBe(1)
  })

  it('finds a message far behind in a busy thread, from when it can have been posted', async () => {
    const { fakeSlack } = silentBot
    const thread = await fakeSlack.say('CRIT')
    for (let i = 0; i < 210; i++) await fakeSlack.say('me too', { threadTs: thread })
    const ts = await posted(verdict, incidents, thread)
    const since = new Date(Number(ts) * 1000)
    expect(await delivery.find({ channel: incidents, thread }, { ...key, since })).toEqual({ ok: true, ts })
    const asked = fakeSlack.calls('conversations.replies').map(({ args }) => Number(args.oldest))
    expect(asked).toHaveLength(2)
    for (const oldest of asked) expect(Number(ts) - oldest).toBeCloseTo(60, 0)
  })

  it('knows a channel that it is not in, from one that Slack says nothing of in time', async () => {
    const { fakeSlack } = silentBot
    expect(await delivery.isIn(incidents)).toBe(true)
    expect(await delivery.isIn('C0NOWHERE')).toBe(false)
    fakeSlack.faults.refuse('conversations.history', 'missing_scope')
    expect(await delivery.isIn(incidents)).toBe(true)
    fakeSlack.faults.acceptThenHang('conversations.history')
    const began = Date.now()
    expect(await delivery.isIn(incidents)).toBe(true)
    expect(Date.now() - began).toBeLessThan(2_500)
  })

  it('finds a message by its key after a crash, and says when there is none or nobody to ask', async () => {
    const ts = await posted(verdict)
    expect(await delivery.find({ channel: incidents }, key)).toEqual({ ok: true, ts })
    expect(await delivery.find({ channel: incidents }, { ...key, key: 'x' })).toEqual({ ok: true, ts: null })
    silentBot.fakeSlack.faults.fail5xx('conversations.history', 9)
    const unasked = await delivery.find({ channel: incidents }, key)
    expect(unasked).toMatchObject({ ok: false, reason: 'unavailable' })
  })
})

describe('blocks that Slack refuses', () => {
  it('go out in plain sections, then and afterwards, with their buttons and their block id', async () => {
    silentBot.fakeSlack.faults.refuseBlock('plan')
    const ts = await posted(running)
    expect(await kinds()).toEqual([['section', 'actions', 'context']])
    const shown = await silentBot.fakeSlack.message('incidents', ts)
    expect(shown?.blocks?.[0]?.block_id).toBe(running.blocks[0]?.block_id)
    await delivery.update(incidents, ts, verdict)
    expect(await kinds()).toEqual([['rich_text', 'rich_text', 'actions', 'context']])
    await posted(running)
    expect(calls('chat.postMessage')).toBe(3)
    expect(warnings.filter((w) => w.startsWith('Slack refused blocks'))).toHaveLength(1)
  })

  it('are tried again after ten minutes: the workspace may know them by then', async () => {
    silentBot.fakeSlack.faults.refuseBlock('plan')
    await posted(running)
    silentBot.fakeSlack.faults.clear()
    await posted(running)
    await clock.sleep(10 * 60_000)
    await posted(running)
    expect((await kinds()).map(([first]) => first)).toEqual(['section', 'section', 'plan'])
  })

  it.each([
    ['names something within a block', richText(''), ''],
    ['names no block', richText('x'), 'invalid_blocks'],
  ])('cost that message its looks and no other one, where Slack %s', async (_, odd, error) => {
    if (error) silentBot.fakeSlack.faults.refuse('chat.postMessage', error)
    await posted({ text: 'odd', blocks: [odd] })
    await posted(verdict)
    expect(await kinds()).toEqual([['section'], ['rich_text', 'rich_text', 'actions', 'context']])
  })

  it('go out as text when even plain sections are refused', async () => {
    for (const kind of ['rich_text', 'section', 'context', 'actions'])
      silentBot.fakeSlack.faults.refuseBlock(kind)
    await posted(verdict)
    const [message] = await silentBot.fakeSlack.messages()
    expect(message?.text).toBe(verdict.text)
    expect(message?.blocks ?? []).toEqual([])
  })

  it('are not blamed for a message that was too long as a whole', async () => {
    await posted({ text: 'long', blocks: Array.from({ length: 5 }, () => richText('x'.repeat(2_900))) })
    await posted(verdict)
    expect((await kinds()).at(-1)).toEqual(['rich_text', 'rich_text', 'actions', 'context'])
  })
})

describe('updating', () => {
  it('shows progress and then the last word', async () => {
    const ts = await posted(running)
    delivery.updateSoon(incidents, ts, () => running)
    await delivery.update(incidents, ts, verdict)
    expect((await silentBot.fakeSlack.message('incidents', ts))?.text).toBe(verdict.text)
  })

  it('sends the last word through rate limits, outages and lost answers', async () => {
    const ts = await posted(running)
    silentBot.fakeSlack.faults.rateLimit('chat.update', 3)
    silentBot.fakeSlack.faults.fail5xx('chat.update')
    silentBot.fakeSlack.faults.acceptThenBreak('chat.update')
    expect(await delivery.update(incidents, ts, verdict)).toEqual({ ok: true, ts })
    expect((await silentBot.fakeSlack.message('incidents', ts))?.text).toBe(verdict.text)
  })

  it('says that a message is gone', async () => {
    const result = await delivery.update(incidents, '1.1', verdict)
    expect(result).toMatchObject({ ok: false, reason: 'refused' })
  })
})

describe('answers for one person', () => {
  it('go to the response_url, in plain text where blocks are refused', async () => {
    const { responseUrl } = await silentBot.hear()
    silentBot.fakeSlack.faults.refuseBlock('rich_text')
    expect(await delivery.respond(responseUrl, verdict)).toEqual({ ok: true })
    const [answer] = silentBot.fakeSlack.ephemerals('ana')
    expect(answer).toMatchObject({ channel: incidents, text: verdict.text })
    expect(JSON.stringify(answer)).not.toContain('rich_text')
  })

  it('go to no address but Slack', async () => {
    for (const url of ['http://127.0.0.1:9/hook', 'nonsense']) {
      expect(await delivery.respond(url, verdict)).toMatchObject({ ok: false, reason: 'refused' })
    }
  })

  it('say that the URL is used up', async () => {
    const { responseUrl } = await silentBot.hear()
    for (let use = 0; use < 5; use++)
      expect(await delivery.respond(responseUrl, verdict)).toEqual({ ok: true })
    expect(await delivery.respond(responseUrl, verdict)).toMatchObject({ ok: false, reason: 'refused' })
  })

  it('go into a channel privately', async () => {
    expect(await delivery.ephemeral({ channel: incidents }, silentBot.fakeSlack.users.ana, verdict)).toEqual({
      ok: true,
    })
    expect(silentBot.fakeSlack.ephemerals('ana')).toMatchObject([{ channel: incidents, text: verdict.text }])
  })
})

describe('files, direct messages and modals', () => {
  it('uploads a file into its thread once, also when the answer is lost', async () => {
    const thread = await posted(say('main'))
    silentBot.fakeSlack.faults.acceptThenBreak('files.completeUploadExternal')
    const file = { filename: 'db-host1-7F3K.txt', content: 'df\n' }
    const result = await delivery.upload({ channel: incidents, thread }, file)
    const shared = silentBot.fakeSlack.files()
    expect(shared).toMatchObject([{ name: file.filename, content: 'df\n', threadTs: thread }])
    expect(result).toEqual({ ok: true, fileId: shared[0]?.id })
  })

  it('does not upload again a file that an earlier process may have uploaded, where it is there', async () => {
    const thread = await posted(say('main'))
    const file = { filename: 'db-host1-7F3K.txt', content: 'df\n' }
    const first = await delivery.upload({ channel: incidents, thread }, file)
    const again = { ...file, mayBeThere: true }
    silentBot.fakeSlack.faults.fail5xx('conversations.replies', 20)
    expect(await delivery.upload({ channel: incidents, thread }, again)).toMatchObject({ ok: false })
    silentBot.fakeSlack.faults.clear()
    expect(await delivery.upload({ channel: incidents, thread }, again)).toEqual(first)
    expect(silentBot.fakeSlack.files()).toHaveLength(1)
    const other = { ...again, filename: 'db-host1-8F3K.txt' }
    expect(await delivery.upload({ channel: incidents, thread }, other)).toMatchObject({ ok: true })
    expect(silentBot.fakeSlack.files()).toHaveLength(2)
  })

  it('writes to a person directly, and says when there is nobody', async () => {
    const opened = await delivery.openDm(silentBot.fakeSlack.users.lead)
    if (!opened.ok) throw new Error(opened.detail)
    await posted(say('help'), opened.channel)
    expect((await silentBot.fakeSlack.dms('lead')).map((message) => message.text)).toEqual(['help'])
    expect(await delivery.openDm('U0NOBODY')).toMatchObject({ ok: false, reason: 'refused' })
  })

  it('opens a modal for a trigger that still lives, once, and changes it', async () => {
    const { triggerId } = await silentBot.hear()
    const opened = await delivery.openView(triggerId, fixLoading())
    if (!opened.ok) throw new Error(opened.detail)
    const again = await delivery.openView(triggerId, fixLoading())
    expect(again).toMatchObject({ ok: false, detail: 'exchanged_trigger_id' })
    expect(await delivery.updateView(opened.viewId, ticketModal(worked('## Summary\nx')))).toEqual(opened)
    expect(silentBot.fakeSlack.openedViews()).toMatchObject([
      { view: { title: { text: 'Edit ticket #12' } } },
    ])
  })

  it('knows the link of a message', async () => {
    const ts = await posted(verdict)
    expect(await delivery.permalink(incidents, ts)).toContain(
      `/archives/${incidents}/p${ts.replace('.', '')}`,
    )
    expect(await delivery.permalink(incidents, '1.1')).toBeUndefined()
  })

  it('asks once for the link of a message, and again where Slack did not say it', async () => {
    const ts = await posted(verdict)
    silentBot.fakeSlack.faults.refuse('chat.getPermalink', 'message_not_found')
    expect(await delivery.permalink(incidents, ts)).toBeUndefined()
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => delivery.permalink(incidents, ts)))
    expect(others).toEqual([first, first])
    expect(await delivery.permalink(incidents, ts)).toBe(first)
    expect(calls('chat.getPermalink')).toBe(2)
  })
})

describe('closing', () => {
  beforeEach(() => {
    delivery = open(systemClock)
  })

  it('waits for what is under way', async () => {
    const sent = posted(verdict)
    await delivery.close(10_000)
    expect(await silentBot.fakeSlack.messages()).toHaveLength(1)
    await sent
  })

  it('ends an endless outage after its grace, as a value', async () => {
    silentBot.fakeSlack.faults.rateLimit('chat.postMessage', 50)
    const sent = delivery.post({ channel: incidents }, verdict, key)
    await silentBot.fakeSlack.waitFor(() => calls('chat.postMessage'), { what: 'the call that is limited' })
    await delivery.close(50)
    expect(await sent).toMatchObject({ ok: false })
    expect(await silentBot.fakeSlack.messages()).toEqual([])
  })
})
