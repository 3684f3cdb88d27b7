import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeSlack, startFakeSlack } from '../../../playground/slack/fake-slack.ts'
import type { View } from '../../../playground/slack/state/views.ts'
import { filledIn } from '../../../playground/slack/user/form.ts'
import { type HttpEnd, httpEnd } from './http-end.ts'
import { webClient } from './web-client.ts'

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const option = (value: string) => ({ text: plain(value), value })
const severities = { type: 'static_select', action_id: 'severity', options: [option('low'), option('high')] }

const input = (block_id: string, element: object, more: object = {}) => ({
  type: 'input',
  block_id,
  label: plain(block_id),
  element,
  ...more,
})
const modal = (title = 'Ticket') => ({
  type: 'modal',
  title: plain(title),
  submit: plain('Save'),
  blocks: [
    input('title', { type: 'plain_text_input', action_id: 'text', max_length: 10 }),
    input('severity', { ...severities, initial_option: option('low') }),
    input('notes', { type: 'plain_text_input', action_id: 'text', multiline: true }, { optional: true }),
  ],
})

describe('a form', () => {
  const view = { id: 'V1', ...modal() } as unknown as View

  test('sends what was filled in and what stood there', () => {
    expect(filledIn(view, { title: { text: 'db' } })).toEqual({
      title: { text: { type: 'plain_text_input', value: 'db' } },
      severity: { severity: { type: 'static_select', selected_option: option('low') } },
      notes: { text: { type: 'plain_text_input', value: null } },
    })
    const chosen = filledIn(view, { title: { text: 'db' }, severity: { severity: 'high' } })
    expect(chosen.severity).toEqual({ severity: { type: 'static_select', selected_option: option('high') } })
  })

  test.each([
    [{}, 'title/text must be filled in'],
    [{ title: { text: 'much too long' } }, 'title/text takes 10 characters at most'],
    [{ title: { text: 'db' }, severity: { severity: null } }, 'severity/severity must be chosen'],
    [
      { title: { text: 'db' }, severity: { severity: 'odd' } },
      'severity/severity has no option odd; it has low, high',
    ],
    [
      { title: { word: 'db' } },
      'the modal has no field title/word; it has title/text, severity/severity, notes/text',
    ],
  ])('cannot be sent with %j', (values, sentence) => {
    expect(() => filledIn(view, values)).toThrow(sentence)
  })
})

describe('the answer to a submission', () => {
  let fakeSlack: FakeSlack
  let end: HttpEnd
  let reply = {}

  beforeEach(async () => {
    reply = {}
    end = await httpEnd(() => ({ body: JSON.stringify(reply), type: 'application/json' }))
    fakeSlack = await startFakeSlack({ mode: 'http' })
    fakeSlack.deliverTo(end.url)
    await fakeSlack.command('edit')
    const trigger_id = new URLSearchParams(end.got.at(-1)?.body).get('trigger_id')
    await webClient(fakeSlack).apiCall('views.open', { trigger_id, view: modal() })
  })
  afterEach(async () => {
    await fakeSlack.close()
    await end.close()
  })

  const submit = () => {
    const [opened] = fakeSlack.openedViews()
    if (!opened) throw new Error('no modal is open')
    return fakeSlack.submit({ view: opened.view, values: { title: { text: 'db' } } })
  }
  const titles = () => fakeSlack.openedViews().map(({ view }) => (view.title as { text: string }).text)

  test('closes the modal when it is empty', async () => {
    expect(await submit()).toMatchObject({ status: 200 })
    expect(titles()).toEqual([])
  })

  test('replaces it, or lays another upon it', async () => {
    reply = { response_action: 'update', view: modal('Saved') }
    await submit()
    expect(titles()).toEqual(['Saved'])
    reply = { response_action: 'push', view: modal('Sure?') }
    await submit()
    expect(titles()).toEqual(['Saved', 'Sure?'])
    reply = { response_action: 'clear' }
    await submit()
    expect(titles()).toEqual([])
  })

  test('is not given to a button in it, which sends what was typed so far and neither channel nor response_url', async () => {
    const button = { type: 'button', action_id: 'instead', value: 'r1', text: plain('Do that instead') }
    reply = {
      response_action: 'update',
      view: { ...modal(), blocks: [...modal().blocks, { type: 'actions', elements: [button] }] },
    }
    await submit()
    const [opened] = fakeSlack.openedViews()
    await fakeSlack.press({
      view: opened?.view.id ?? '',
      actionId: 'instead',
      values: { notes: { text: 'so' } },
    })
    const sent = JSON.parse(new URLSearchParams(end.got.at(-1)?.body).get('payload') ?? '')
    expect(sent).toMatchObject({
      type: 'block_actions',
      view: {
        id: opened?.view.id,
        state: { values: { title: { text: { value: null } }, notes: { text: { value: 'so' } } } },
      },
      actions: [{ action_id: 'instead', value: 'r1' }],
    })
    expect(sent).not.toHaveProperty('response_url')
    expect(sent).not.toHaveProperty('channel')
    await expect(fakeSlack.press({ view: opened?.view.id ?? '', actionId: 'other' })).rejects.toThrow(
      'other is not in the modal',
    )
  })

  test('is refused like any other view', async () => {
    reply = { response_action: 'update', view: { ...modal(), title: plain('x'.repeat(25)) } }
    expect(await submit()).toMatchObject({ error: 'dispatch_failed' })
    reply = { response_action: 'shout' }
    expect(await submit()).toMatchObject({ error: 'dispatch_failed' })
    expect(titles()).toEqual(['Ticket'])
  })

  test('comes to the person who has the modal open', async () => {
    const [opened] = fakeSlack.openedViews()
    const view = opened?.view.id ?? ''
    await expect(fakeSlack.submit({ view, user: 'bo' })).rejects.toThrow(/not for bo/)
    await expect(fakeSlack.submit({ view: 'V0' })).rejects.toThrow(/not open/)
  })
})
