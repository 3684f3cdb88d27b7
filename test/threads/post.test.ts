import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Run } from '../../src/runs/run.ts'
import { noticeMessage } from '../../src/slack/messages/answers.ts'
import type { Delivery, Posted } from '../../src/slack/transport/delivery.ts'
import type { Db } from '../../src/store/db.ts'
import { messageOf } from '../../src/store/posted-messages.ts'
import {
  type PostDeps,
  postDirect,
  postFile,
  postKeyed,
  postMain,
  SlackFailed,
} from '../../src/threads/post.ts'
import { newRun } from '../escalation/escalation-world.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'

describe.each(storeKinds)('what two replicas post, on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  let run: Run
  /** What Slack has: key to ts, each post in turn. */
  let slack: { readonly key: string; readonly ts: string }[]
  let files: string[]
  let answer: (posted: string) => Promise<Posted>
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    run = await newRun(store.db, `problem-${randomUUID()}`)
    slack = []
    files = []
    answer = async (ts) => ({ ok: true, ts })
  })

  const deps = (db: Db): PostDeps => ({
    db,
    log: { warn: () => {} } as unknown as PostDeps['log'],
    delivery: {
      post: async (_place, _message, { key }) => {
        // As long as a request takes: whoever looks meanwhile finds nothing there yet.
        await delay(60)
        const ts = `1.${slack.length + 1}`
        slack.push({ key, ts })
        return answer(ts)
      },
      find: async (_place, { key }) => ({ ok: true, ts: slack.find((each) => each.key === key)?.ts ?? null }),
      update: async (_channel, ts) => ({ ok: true, ts }),
      upload: async (_place, { filename }) => {
        await delay(60)
        files.push(filename)
        return { ok: true, fileId: `F${files.length}` }
      },
    } as Partial<Delivery> as Delivery,
  })
  const message = noticeMessage('It is down.')
  const both = <T>(work: (deps: PostDeps) => Promise<T>) =>
    Promise.all(Array.from({ length: 6 }, (_, at) => work(deps(at % 2 === 0 ? store.db : replica))))

  it('is there once, and all of them know where', async () => {
    const main = await both((on) => postMain(on, run, message))
    expect(slack).toHaveLength(1)
    expect(new Set(main)).toEqual(new Set(['1.1']))
    await both((on) => postKeyed(on, run, '1.1', 'ladder', message))
    await both((on) => postDirect(on, run, 'D1', 'lead:1:U9', message))
    expect(slack.map(({ key }) => key)).toEqual(['main', 'ladder', 'lead:1:U9'])
  })

  it('is one file, too', async () => {
    await both((on) => postFile(on, run, '1.1', { key: 'file:output', filename: 'output.txt', content: 'x' }))
    expect(files).toEqual(['output.txt'])
  })

  it('is tried by another at once where the first one was refused', async () => {
    const answers: Posted[] = [{ ok: false, reason: 'unavailable', detail: '503' }]
    answer = async (ts) => {
      const failed = answers.shift()
      if (failed) slack.pop()
      return failed ?? { ok: true, ts }
    }
    const began = Date.now()
    const results = await Promise.allSettled([
      postKeyed(deps(store.db), run, '1.1', 'ladder', message),
      postKeyed(deps(replica), run, '1.1', 'ladder', message),
    ])
    const failed = results.filter(({ status }) => status === 'rejected')
    expect(failed).toMatchObject([{ reason: expect.any(SlackFailed) }])
    expect(slack).toHaveLength(1)
    expect(Date.now() - began).toBeLessThan(5_000)
  })

  it('is taken over from one that died in the middle, which is looked for first', async () => {
    answer = () => new Promise(() => {})
    void postKeyed(deps(store.db), run, '1.1', 'ladder', message)
    while (slack.length === 0) await delay(10)
    // Dead: nobody renews what it holds.
    await store.db.query(
      `UPDATE debvisor.messages SET held_by = 'a dead one', held_till = now() - interval '1 second'`,
    )
    await postKeyed(deps(replica), run, '1.1', 'ladder', message)
    expect(slack).toHaveLength(1)
    expect((await messageOf(store.db, run.id, 'ladder'))?.ts).toBe('1.1')
  })
})
