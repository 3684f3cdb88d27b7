import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  type ChannelRow,
  channelNames,
  channels,
  channelsReached,
  reachableChannels,
  readRecords,
  writeRecord,
} from '../../src/escalation/channels.ts'
import type { ChannelAdapter } from '../../src/integrations/channel-adapter.ts'

/** As the version of commit c4090bf stored it. */
const stored = {
  dmChannel: 'D1',
  dmTs: '171.2',
  dmUser: 'U9',
  messageId: '<escalation-1@x>',
  mailedTo: 'lead@example.org',
  dedupKey: 'debvisor-1',
  paged: 'yes',
  incidentId: 'Q1',
  incidentNumber: '7',
  incidentUrl: 'https://example.pagerduty.com/incidents/Q1',
  priority: 'P2',
  assignees: 'Dan Day, Eve',
  factsAt: '2026-11-05T14:02:11.000Z',
  movedAt: '2026-11-05T14:03:11.000Z',
  earlyAt: '2026-11-05T14:04:11.000Z',
  earlyBy: 'Dan Day',
}

describe('what is kept of the channels', () => {
  it('is read from the texts of earlier versions, and written as the same texts', () => {
    const { page, message, mail } = readRecords(stored)
    expect(message).toEqual({ channel: 'D1', ts: '171.2', user: 'U9' })
    expect(mail).toEqual({ messageId: '<escalation-1@x>', to: 'lead@example.org' })
    expect(page).toMatchObject({
      made: true,
      incident: {
        id: 'Q1',
        factsAt: new Date(stored.factsAt),
        early: { at: new Date(stored.earlyAt), by: 'Dan Day' },
      },
    })
    const written = {
      ...writeRecord('page', page ?? {}),
      ...writeRecord('message', message ?? {}),
      ...writeRecord('mail', mail ?? {}),
    }
    expect(written).toEqual(stored)
  })

  it('is nothing of a channel that sent nothing; an empty text is nothing too', () => {
    expect(readRecords({})).toMatchObject({ page: null, message: null, mail: null })
    const acknowledged = readRecords({ ...stored, earlyAt: '' }).page?.incident
    expect(acknowledged?.early).toBeNull()
    expect(writeRecord('page', { incident: acknowledged ?? null })).toMatchObject({ earlyAt: '' })
    // A page that has yet to be made has its key already.
    expect(readRecords(writeRecord('page', channels.page.adapter.atFirst('k'))).page).toMatchObject({
      made: false,
      incident: null,
    })
  })

  it('says whom a channel reached: not whoever had it before', () => {
    const records = readRecords(stored)
    expect(channelsReached({ level: 2, records, assignee: 'U9' })).toEqual([
      'direct message',
      'e-mail to lead@example.org',
    ])
    expect(channelsReached({ level: 2, records, assignee: 'U2' })).toEqual(['e-mail to lead@example.org'])
    expect(channelsReached({ level: 3, records, assignee: null })).toEqual(['through PagerDuty'])
  })
})

describe('the table of channels', () => {
  it('is swept from whoever has to be woken first', () => {
    const orders = channelNames.map((channel) => channels[channel].sweep.order)
    expect(channelNames[0]).toBe('page')
    expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b))
  })

  it('lists who can be reached', () => {
    const lead = { slackUser: undefined, email: 'lead@example.org', from: 'bot@example.org' }
    const nothing = { lead, smtp: undefined, pagerduty: undefined, pagerApi: undefined }
    expect(reachableChannels(nothing)).toEqual([])
    expect(reachableChannels({ ...nothing, lead: { ...lead, slackUser: 'U9' } })).toEqual(['message'])
    expect(reachableChannels({ ...nothing, smtp: { url: 'smtp://x' } })).toEqual(['mail'])
  })

  it('has every part of every channel, or does not compile', () => {
    type Optional<T> = keyof { [Part in keyof T as object extends Pick<T, Part> ? Part : never]: Part }
    expectTypeOf<Optional<ChannelRow<object, object, object>>>().toBeNever()
    expectTypeOf<Optional<ChannelAdapter<object, object>>>().toBeNever()
    const { sweep: _sweep, ...unswept } = channels.mail
    // @ts-expect-error the sweep is left out: nobody would send what waits
    const row: typeof channels.mail = unswept
    const { check: _check, ...unchecked } = channels.mail.adapter
    // @ts-expect-error the doctor's check is left out
    const adapter: typeof channels.mail.adapter = unchecked
    expect([row.label, adapter.reached({ messageId: '1', to: 'a@b' }, null)]).toEqual([
      'e-mail',
      'e-mail to a@b',
    ])
  })
})
