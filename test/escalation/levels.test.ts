import { describe, expect, test } from 'vitest'
import { type Channel, channelNames, channelsOf } from '../../src/escalation/channels.ts'
import { offerOf, offers } from '../../src/escalation/levels.ts'

const production = { name: 'host1', production: true }
const staging = { name: 'host2', production: false }
const all = channelNames
const none: readonly Channel[] = []

describe('the three levels', () => {
  test('are all ready on a production host where all is configured', () => {
    const [ticket, lead, page] = offers(production, all)
    expect(ticket).toMatchObject({ level: 1, button: 'Open ticket', state: 'ready' })
    expect(lead).toMatchObject({ level: 2, button: 'Contact DevOps lead', state: 'ready' })
    expect(page).toMatchObject({ level: 3, button: 'Page on-call', state: 'ready' })
  })

  test('a page is confirmed, and only a page', () => {
    const [ticket, lead, page] = offers({ name: 'h'.repeat(253), production: true }, all)
    expect([ticket.confirm, lead.confirm]).toEqual([undefined, undefined])
    // Slack's limits of a confirmation.
    expect(page.confirm?.title.length).toBeLessThanOrEqual(100)
    expect(page.confirm?.text.length).toBeLessThanOrEqual(300)
    expect(page.confirm?.yes.length).toBeLessThanOrEqual(30)
    expect(page.confirm?.no.length).toBeLessThanOrEqual(30)
  })

  test.each([
    ['asks for a reason', all, 'guarded'],
    ['is not offered where there is no pager', none, 'not-offered'],
  ] as const)('a page outside production %s, and says what to do instead', (_, configured, state) => {
    const offer = offerOf(3, staging, configured)
    expect(offer).toMatchObject({
      state,
      sentence:
        'Pages are for production outages, and host2 is in no production group: contact the DevOps lead.',
    })
    // The form that asks for the reason is the confirmation.
    expect(offer.confirm === undefined).toBe(state === 'guarded')
  })

  test('what is not configured says where to configure it', () => {
    expect(offerOf(3, production, none)).toMatchObject({
      state: 'not-configured',
      sentence: expect.stringMatching(/PAGERDUTY_ROUTING_KEY.*`pagerduty\.routingKeyFile`/),
    })
    expect(offerOf(2, production, none)).toMatchObject({
      state: 'not-configured',
      sentence: expect.stringMatching(/`escalation\.lead\.slackUser`.*`smtp\.url`/),
    })
    expect(offerOf(1, production, none)).toMatchObject({ state: 'ready' })
  })

  test.each(channelsOf(2))('the lead can be contacted where %s alone is configured', (channel) => {
    expect(offerOf(2, staging, [channel])).toMatchObject({ state: 'ready' })
    expect(offerOf(2, staging, channelsOf(3))).toMatchObject({ state: 'not-configured' })
  })
})
