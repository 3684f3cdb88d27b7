import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeWebhook, signatureOf } from '../../../src/integrations/webhook/webhook-tracker.ts'
import { type FaultyHttp, startFaultyHttp } from '../../fakes/http-faults.ts'
import { startReceiver, type WebhookReceiver } from '../../fakes/webhook.ts'
import { aNote, tracked } from '../tracked-ticket.ts'

const secret = 'a secret that signs 0123456789'
let receiver: WebhookReceiver
let front: FaultyHttp
beforeAll(async () => {
  receiver = await startReceiver(secret)
  front = await startFaultyHttp(new URL(receiver.url).origin)
})
afterAll(async () => {
  await front?.close()
  await receiver?.close()
})
const webhook = (more: { secret?: string; now?: () => number } = {}) =>
  makeWebhook({ url: `${front.url}/hook`, secret, now: Date.now, ...more })

describe('the webhook', () => {
  it('is signed over its time and body, as the documentation shows', () => {
    expect(signatureOf('example-secret-0123', '1764072000', '{"version":1}')).toBe(
      'sha256=1a334fd8d632ac96ac7eecdaa3b6f4ffec52c0ef5fcbbf6ce3de0b4f01dda2cc',
    )
  })

  it('tells what happens, each thing once, though an answer was lost', async () => {
    const one = tracked()
    front.fail('POST', { kind: 'lost-answer' })
    expect(await webhook().create(one, false)).toMatchObject({ ok: false, retry: true })
    expect(await webhook().create(one, true)).toEqual({
      ok: true,
      value: { externalId: 'delivered', url: null },
    })
    const item = { externalId: 'delivered', url: null }
    const closed = aNote({ kind: 'closed', did: 'closed it', text: 'done' })
    expect(await webhook().note(item, one, closed, false)).toMatchObject({ ok: true })
    expect(receiver.events).toMatchObject([
      { version: 1, id: one.id, event: 'ticket.opened', ticket: { number: 12, host: 'host1' } },
      { version: 1, id: `${one.id}-7`, event: 'ticket.closed', by: 'Bo', text: 'done' },
    ])
  })

  it('is checked by the doctor with a signed ping', async () => {
    expect(await webhook().verify()).toMatchObject({ ok: true })
    expect(await webhook({ secret: 'another secret 0123' }).verify()).toMatchObject({
      ok: false,
      reason: 'The webhook answered 401',
    })
    const late = () => Date.now() - 600_000
    expect(await webhook({ now: late }).verify()).toMatchObject({ ok: false })
  })

  it('never goes in the clear to another machine', async () => {
    const clear = makeWebhook({ url: 'http://hooks.example.com/', secret, now: Date.now })
    expect(await clear.create(tracked(), false)).toMatchObject({ ok: false, retry: false })
  })
})
