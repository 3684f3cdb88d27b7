import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runningMessage } from '../../src/slack/blocks/running.ts'
import { ticketModal } from '../../src/slack/blocks/ticket.ts'
import { verdictMessage } from '../../src/slack/blocks/verdict.ts'
import { makeClient } from '../../src/slack/client.ts'
import { systemClock } from '../../src/slack/clock.ts'
import { type Delivery, makeDelivery } from '../../src/slack/delivery.ts'
import type { Message } from '../../src/slack/message.ts'
import { ticket } from './blocks/tickets.ts'
import { diskReport, run, view } from './blocks/views.ts'
import { hurriedClock } from './clock.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

const warnings: string[] = []
const log = { warn: (_: object, message: string) => void warnings.push(message), debug: () => {} }
const key = { run: 'r1', key: 'main' }
const say = (text: string): Message => ({ text, blocks: [] })
const running = runningMessage(view(run({ state: 'running' })))
const verdict = verdictMessage(view(run({ report: diskReport() })))

let slack: StandIn
let clock: ReturnType<typeof hurriedClock>
let delivery: Delivery

beforeEach(async () => {
  slack = await startStandIn()
  clock = hurriedClock()
  warnings.length = 0
  delivery = makeDelivery({ client: makeClient('xoxb-1', { apiUrl: slack.apiUrl, log }), clock, log })
})
afterEach(() => slack.close())

const posted = async (message: Message, channel = 'C1', thread?: string): Promise<string> => {
  const result = await delivery.post({ channel, thread }, message, key)
  if (!result.ok) throw new Error(result.detail)
  return result.ts
}

describe('posting', () => {
  it('says it in the channel, unfurls nothing, and leaves its key in the message', async () => {
    const ts = await posted(verdict)
    expect(slack.messages).toMatchObject([{ ts, channel: 'C1', text: verdict.text }])
    const body = slack.calls('chat.postMessage')[0]?.body ?? {}
    expect(body).toMatchObject({ unfurl_links: 'false', unfurl_media: 'false' })
    expect(JSON.parse(body.metadata ?? '')).toEqual({ event_type: 'debvisor_message', event_payload: key })
  })

  it('keeps the order of a channel through rate limits and outages', async () => {
    slack.next(
      'chat.postMessage',
      { kind: 'status', status: 429, retryAfter: 7 },
      { kind: 'status', status: 503 },
    )
    await Promise.all(['1', '2', '3', '4', '5', '6'].map((text) => posted(say(text))))
    expect(slack.messages.map((m) => m.text)).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(clock.slept).toContain(7_000)
  })

  it('obeys Retry-After for that channel alone', async () => {
    delivery = makeDelivery({
      client: makeClient('x', { apiUrl: slack.apiUrl, log }),
      clock: systemClock,
      log,
    })
    slack.next('chat.postMessage', { kind: 'status', status: 429, retryAfter: 2 })
    const began = performance.now()
    const limited = posted(say('limited'), 'C1').then(() => performance.now() - began)
    await expect.poll(() => slack.calls('chat.postMessage').length).toBe(1)
    await posted(say('free'), 'C2')
    expect(performance.now() - began).toBeLessThan(1_500)
    expect(await limited).toBeGreaterThan(1_900)
  })

  it('does not post again what Slack took while its answer was lost', async () => {
    slack.next('chat.postMessage', { kind: 'lost' })
    const ts = await posted(verdict)
    expect(slack.messages.map((m) => m.ts)).toEqual([ts])
  })

  it('finds a lost answer in a thread too', async () => {
    const thread = await posted(say('main'))
    slack.next('chat.postMessage', { kind: 'lost' })
    const result = await delivery.post({ channel: 'C1', thread }, say('evidence'), {
      run: 'r1',
      key: 'thread:1',
    })
    expect(result).toEqual({ ok: true, ts: slack.messages[1]?.ts })
    expect(slack.messages).toHaveLength(2)
  })

  it('gives up as a value when Slack stays away', async () => {
    slack.next(
      'chat.postMessage',
      ...Array.from({ length: 20 }, () => ({ kind: 'status', status: 500 }) as const),
    )
    const result = await delivery.post({ channel: 'C1' }, verdict, key)
    expect(result).toMatchObject({ ok: false, reason: 'unavailable' })
    expect(slack.calls('chat.postMessage')).toHaveLength(6)
  })

  it('leaves a wait of minutes to the durable queue', async () => {
    slack.next('chat.postMessage', { kind: 'status', status: 429, retryAfter: 300 })
    const result = await delivery.post({ channel: 'C1' }, verdict, key)
    expect(result).toMatchObject({ ok: false, reason: 'rate-limited' })
  })

  it('tells a channel that it is not in from other refusals, and tries neither again', async () => {
    const result = await delivery.post({ channel: 'C9' }, verdict, key)
    expect(result).toMatchObject({ ok: false, reason: 'not-in-channel' })
    expect(slack.calls('chat.postMessage')).toHaveLength(1)
  })

  it('finds a message by its key after a crash, and says when there is none', async () => {
    const ts = await posted(verdict)
    expect(await delivery.find({ channel: 'C1' }, key)).toEqual({ ok: true, ts })
    expect(await delivery.find({ channel: 'C1' }, { ...key, key: 'other' })).toEqual({ ok: true, ts: null })
    slack.next(
      'conversations.history',
      ...Array.from({ length: 9 }, () => ({ kind: 'status', status: 500 }) as const),
    )
    expect(await delivery.find({ channel: 'C1' }, key)).toMatchObject({ ok: false, reason: 'unavailable' })
  })
})

describe('blocks that Slack refuses', () => {
  it('go out in plain sections, then and afterwards, with their buttons and their block id', async () => {
    slack.refusedKinds.add('plan')
    const ts = await posted(running)
    expect(slack.messages[0]?.blocks.map((b) => b.type)).toEqual(['section', 'context'])
    expect(slack.messages[0]?.blocks[0]?.block_id).toBe(running.blocks[0]?.block_id)
    await delivery.update('C1', ts, verdict)
    expect(slack.messages[0]?.blocks.map((b) => b.type)).toEqual(['rich_text', 'actions', 'context'])
    await posted(running)
    expect(slack.calls('chat.postMessage')).toHaveLength(3)
    expect(warnings.filter((w) => w.startsWith('Slack refused blocks'))).toHaveLength(1)
  })

  it('go out as text when even plain sections are refused', async () => {
    for (const kind of ['rich_text', 'section', 'context', 'actions']) slack.refusedKinds.add(kind)
    await posted(verdict)
    expect(slack.messages).toMatchObject([{ text: verdict.text, blocks: [] }])
  })

  it('are not blamed for a message that was too long as a whole', async () => {
    const leaf = { type: 'text', text: 'x'.repeat(2_900) } as const
    const long: Message = {
      text: 'long',
      blocks: Array.from({ length: 5 }, () => {
        return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [leaf] }] }
      }),
    }
    await posted(long)
    await posted(verdict)
    expect(slack.messages.at(-1)?.blocks[0]?.type).toBe('rich_text')
  })
})

describe('updating', () => {
  it('shows progress and then the last word', async () => {
    const ts = await posted(running)
    delivery.updateSoon('C1', ts, () => running)
    await delivery.update('C1', ts, verdict)
    expect(slack.messages[0]?.text).toBe(verdict.text)
  })

  it('sends the last word through rate limits, outages and lost answers', async () => {
    const ts = await posted(running)
    slack.next(
      'chat.update',
      { kind: 'status', status: 429, retryAfter: 3 },
      { kind: 'status', status: 500 },
      { kind: 'lost' },
    )
    expect(await delivery.update('C1', ts, verdict)).toEqual({ ok: true, ts })
    expect(slack.messages[0]?.text).toBe(verdict.text)
  })

  it('says that a message is gone', async () => {
    expect(await delivery.update('C1', '1.1', verdict)).toMatchObject({ ok: false, reason: 'refused' })
  })
})

describe('answers for one person', () => {
  it('go to the response_url, in plain text where blocks are refused', async () => {
    slack.refusedKinds.add('rich_text')
    expect(await delivery.respond(slack.hookUrl, verdict)).toEqual({ ok: true })
    expect(slack.whispers[0]).toMatchObject({ response_type: 'ephemeral', text: verdict.text })
    expect(JSON.stringify(slack.whispers[0])).not.toContain('rich_text')
  })

  it('go to no address but Slack', async () => {
    const result = await delivery.respond('http://127.0.0.1:9/hook', verdict)
    expect(result).toMatchObject({ ok: false, reason: 'refused' })
    expect(await delivery.respond('nonsense', verdict)).toMatchObject({ ok: false })
  })

  it('are tried again when the answer is 503, and not when the URL is used up', async () => {
    slack.next('hook', { kind: 'status', status: 503 }, { kind: 'status', status: 404 })
    expect(await delivery.respond(slack.hookUrl, verdict)).toMatchObject({ ok: false, reason: 'refused' })
    expect(slack.calls('hook')).toHaveLength(2)
  })

  it('go into a channel privately', async () => {
    expect(await delivery.ephemeral('C1', 'U1', verdict)).toEqual({ ok: true })
    expect(slack.whispers).toMatchObject([{ channel: 'C1', user: 'U1' }])
  })
})

describe('files, direct messages and modals', () => {
  it('uploads a file into its thread once, also when the answer is lost', async () => {
    const thread = await posted(say('main'))
    slack.next('files.completeUploadExternal', { kind: 'lost' })
    const file = { filename: 'db-host1-7F3K.txt', content: 'df\n' }
    const result = await delivery.upload({ channel: 'C1', thread }, file)
    const shared = slack.messages.filter((m) => m.files)
    expect(shared).toMatchObject([{ thread, files: [{ name: file.filename }] }])
    expect(result).toEqual({ ok: true, fileId: shared[0]?.files?.[0]?.id })
    expect([...slack.uploads.values()][0]?.content).toContain('df\n')
  })

  it('opens a direct message with a person, and says when there is none', async () => {
    slack.users.set('U1', { id: 'U1' })
    expect(await delivery.openDm('U1')).toEqual({ ok: true, channel: 'DU1' })
    expect(await delivery.openDm('U9')).toMatchObject({ ok: false, reason: 'refused' })
  })

  it('opens a modal for a trigger that still lives, once', async () => {
    slack.triggers.add('t1')
    const modal = ticketModal(ticket('## Summary\nx'))
    const opened = await delivery.openView('t1', modal)
    expect(opened).toMatchObject({ ok: true })
    expect(await delivery.openView('t1', modal)).toMatchObject({ ok: false, detail: 'expired_trigger_id' })
    expect(slack.calls('views.open')).toHaveLength(2)
    if (opened.ok) expect(await delivery.updateView(opened.viewId, modal)).toEqual(opened)
  })

  it('knows the link of a message', async () => {
    expect(await delivery.permalink('C1', '1.2')).toBe('https://x.slack.com/archives/C1/p1.2')
  })
})

describe('closing', () => {
  beforeEach(() => {
    delivery = makeDelivery({
      client: makeClient('x', { apiUrl: slack.apiUrl, log }),
      clock: systemClock,
      log,
    })
  })

  it('waits for what is under way', async () => {
    const sent = posted(verdict)
    await delivery.close(10_000)
    expect(slack.messages).toHaveLength(1)
    await sent
  })

  it('ends an endless outage after its grace, as a value', async () => {
    slack.next('chat.postMessage', { kind: 'status', status: 429, retryAfter: 50 })
    const sent = delivery.post({ channel: 'C1' }, verdict, key)
    await expect.poll(() => slack.calls('chat.postMessage').length).toBe(1)
    await delivery.close(50)
    expect(await sent).toMatchObject({ ok: false })
    expect(slack.messages).toEqual([])
  })
})
