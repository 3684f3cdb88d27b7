import { randomUUID } from 'node:crypto'
import type { ModalView } from '@slack/types'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkBlocks } from '../../../playground/slack/blocks/check.ts'
import { fillWrong, rightButton, saveWrong } from '../../../src/handlers/actions/feedback.ts'
import type { FormContent, FormResult } from '../../../src/handlers/form-result.ts'
import { feedbackOn } from '../../../src/runs/history/feedback.ts'
import type { Run } from '../../../src/runs/run.ts'
import { getRun } from '../../../src/runs/run-store.ts'
import { noticeMessage } from '../../../src/slack/messages/command-answers.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { diskReport } from '../../slack/messages/sample-views.ts'
import { type HistoryWorld, makeHistoryWorld, ran } from '../commands/history-world.ts'

const refusals = (view: ModalView | undefined) =>
  checkBlocks('modal', JSON.parse(JSON.stringify(view?.blocks ?? null)), new Set())

const button = { name: 'a button', action: 'read' } as const

describe.each(storeKinds)('what people say of a verdict, on the %s store', (kind) => {
  let store: TestStore
  let world: HistoryWorld
  let run: Run
  beforeAll(async () => {
    store = await openTestStore(kind)
    world = makeHistoryWorld(store.db)
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    run = await ran(store.db, diskReport())
    world.rows.splice(0)
  })

  const right = (user: string, id = run.id) =>
    world.asks(user, id, button, (request) => rightButton(world.bot, request))
  const opened = async (user: string, id = run.id): Promise<FormContent | undefined> => {
    let content: FormContent | undefined
    await world.asks(user, id, button, async (request) => {
      content = await fillWrong(world.bot, request)
      return undefined
    })
    return content
  }
  const wrong = async (user: string, was: string | null, id = run.id): Promise<FormResult | undefined> => {
    let result: FormResult | undefined
    await world.asks(user, id, button, async (request) => {
      result = await saveWrong(world.bot, request, {
        private_metadata: id,
        state: { values: { was: { value: { value: was } } } },
      })
      return result.ok ? undefined : noticeMessage(result.sentence)
    })
    return result
  }
  const kept = async (of = run) =>
    ((await feedbackOn(store.db, [of.id])).get(of.id) ?? []).map(({ by, rating, said }) => ({
      by,
      rating,
      said,
    }))

  it('is kept once a person and run, and may be changed', async () => {
    expect(await right('U1')).toBe(
      `Noted: run ${run.code} was right. Its verdict stays as it is; to say otherwise, click Wrong, it was ….`,
    )
    expect(await right('U1')).toContain('You have said already')
    await right('U2')
    await wrong('U1', '  the disk\nof the backup ')
    expect(await kept()).toEqual([
      { by: 'U2', rating: 'right', said: null },
      { by: 'U1', rating: 'wrong', said: 'the disk of the backup' },
    ])
    await right('U1')
    expect(await kept()).toContainEqual({ by: 'U1', rating: 'right', said: null })
  })

  it('is in the audit each time that it changes, and leaves the verdict as it is', async () => {
    await right('U1')
    await right('U1')
    await wrong('U1', null)
    expect(world.rows.map(({ target }) => target)).toEqual([
      `run ${run.code} rated right`,
      null,
      `run ${run.code} rated wrong`,
    ])
    expect(world.rows[0]).toMatchObject({ actor: 'U1', host: 'host1', topic: 'db', decision: 'allowed' })
    expect(await getRun(store.db, run.id)).toEqual(run)
  })

  it('has no secret in it, and is no longer than its field', async () => {
    await wrong('U1', 'the password is hunter_2')
    expect(await kept()).toEqual([{ by: 'U1', rating: 'wrong', said: 'the password is [redacted]' }])
    expect(await wrong('U1', 'x'.repeat(501))).toEqual({
      ok: false,
      sentence: 'That has 501 characters; it may have 500.',
    })
    expect(await kept()).toHaveLength(1)
  })

  it('is asked for in a form that Slack takes, which begins with what was said before', async () => {
    await wrong('U1', 'the switch <!here>')
    const content = await opened('U1')
    const view = content?.ok ? content.view : undefined
    expect(refusals(view)).toEqual([])
    expect(JSON.stringify(view)).toContain('"initial_value":"the switch <!here>"')
    expect(view).toMatchObject({ callback_id: 'feedback_wrong', private_metadata: run.id })
    const saved = await wrong('U1', 'another')
    expect(refusals(saved?.ok ? saved.view : undefined)).toEqual([])
    expect(JSON.stringify(await opened('U2'))).not.toContain('switch')
  })

  it.each([
    ['a guest', 'U8', async () => run, /Guests may not/],
    [
      'whoever may not see its topic',
      'U1',
      () => ran(store.db, diskReport(), { topic: 'service' }),
      /may not read on host1 \(service\)/,
    ],
    [
      'whoever may not see its host',
      'U07EVE',
      () => ran(store.db, diskReport(), { host: 'host2' }),
      /may not read on host2/,
    ],
    ['another workspace', 'U1', () => ran(store.db, diskReport(), { team: 'T2' }), /gone, or has no verdict/],
    ['whoever makes an id up', 'U1', async () => ({ ...run, id: randomUUID() }), /gone, or has no verdict/],
    ['a run without a verdict', 'U1', () => ran(store.db, 'unreachable'), /gone, or has no verdict/],
  ])('is refused from, or of, %s, with a row in the audit', async (_, user, make, said) => {
    const other = await make()
    expect(await right(user, other.id)).toMatch(said)
    expect(await wrong(user, 'x', other.id)).not.toMatchObject({ ok: true })
    expect(await opened(user, other.id)).not.toMatchObject({ ok: true })
    expect(world.rows.map(({ decision }) => decision)).toEqual(['refused', 'refused', 'refused'])
    expect(await kept(other)).toEqual([])
  })
})
