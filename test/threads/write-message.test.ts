import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Run } from '../../src/runs/run.ts'
import { getRun } from '../../src/runs/run-store.ts'
import { noticeMessage } from '../../src/slack/messages/command-answers.ts'
import type { Delivery, Posted, Uploaded } from '../../src/slack/transport/delivery.ts'
import type { Db } from '../../src/store/db.ts'
import { messageOf } from '../../src/store/posted-messages.ts'
import { redrawOf, type Target, withPostLock } from '../../src/threads/post-lock.ts'
import { SlackFailed } from '../../src/threads/slack-failed.ts'
import type { ThreadWriter } from '../../src/threads/thread-drawer.ts'
import { writeBelow, writeFile, writeMain, writeMessage } from '../../src/threads/write-message.ts'
import { newRun } from '../escalation/escalation-world.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'

describe.each(storeKinds)('what two replicas post, on the %s store', (kind) => {
  let store: TestStore
  let replica: Db
  let run: Run
  /** What Slack has: key to ts, each post in turn. */
  let slack: { readonly key: string; readonly ts: string; readonly thread?: string | undefined }[]
  /** Threads in which nothing can be posted, with what Slack says of it. */
  let closed: Map<string, string>
  let files: string[]
  let answer: (posted: string) => Promise<Posted>
  let answerFile: (id: string) => Promise<Uploaded>
  /** Slack does not say what it has. */
  let blind: boolean
  beforeAll(async () => {
    store = await openTestStore(kind)
    replica = await store.replica()
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    run = await newRun(store.db, `problem-${randomUUID()}`)
    slack = []
    closed = new Map()
    files = []
    answer = async (ts) => ({ ok: true, ts })
    answerFile = async (fileId) => ({ ok: true, fileId })
    blind = false
  })

  const writerOn = (db: Db): ThreadWriter => ({
    store: storeWith(db),
    log: { warn: () => {} } as unknown as ThreadWriter['log'],
    slack: {
      delivery: {
        post: async ({ thread }, _message, { key }) => {
          const detail = closed.get(thread ?? '')
          if (detail) return { ok: false, reason: 'refused', detail }
          // As long as a request takes: whoever looks meanwhile finds nothing there yet.
          await delay(60)
          const ts = `1.${slack.length + 1}`
          slack.push({ key, ts, thread })
          return answer(ts)
        },
        find: async (_place, { key }) =>
          blind
            ? { ok: false, reason: 'unavailable', detail: 'HTTP 503' }
            : { ok: true, ts: slack.find((each) => each.key === key)?.ts ?? null },
        message: async (_channel, ts) => {
          const found = slack.find((each) => each.ts === ts)
          return found && { ts, ...(found.thread === undefined ? {} : { thread_ts: found.thread }) }
        },
        update: async (_channel, ts) => ({ ok: true, ts }),
        upload: async (_place, { filename, mayBeThere = false }) => {
          await delay(60)
          const there = mayBeThere ? files.indexOf(filename) : -1
          const at = there < 0 ? files.push(filename) : there + 1
          return answerFile(`F${at}`)
        },
      } as Partial<Delivery> as Delivery,
    },
  })
  const message = noticeMessage('It is down.')
  const both = <T>(work: (writer: ThreadWriter) => Promise<T>) =>
    Promise.all(Array.from({ length: 6 }, (_, at) => work(writerOn(at % 2 === 0 ? store.db : replica))))

  const main = (on: ThreadWriter, thread?: string) =>
    withPostLock(
      on.store,
      { runId: run.id, key: 'main', channel: run.channel, redraw: redrawOf(run.id) },
      async (lock) => (await writeMain(on, run, { thread, inDoubt: lock.lostBefore, lock }, message)).ts,
    )
  /** In the thread, by whoever has the lock of the run's message. */
  const inThread = <T>(
    on: ThreadWriter,
    key: string,
    write: (target: Target & { to: { thread: string } }) => Promise<T>,
  ) =>
    withPostLock(
      on.store,
      { runId: run.id, key: 'main', channel: run.channel, redraw: redrawOf(run.id) },
      async (lock) =>
        write({
          ...{ runId: run.id, key, since: run.createdAt, lock, inDoubt: lock.lostBefore },
          to: { channel: run.channel, thread: '1.1' },
          row: (await messageOf(on.store, run.id, key)) ?? undefined,
        }),
    )
  const writeReply = (on: ThreadWriter) =>
    inThread(on, 'ladder', async (target) => {
      const written = await writeMessage(on, target, message)
      if (!written.ok) throw new SlackFailed(written)
    })
  const direct = (on: ThreadWriter, key: string) =>
    withPostLock(on.store, { runId: run.id, key, channel: 'D1', redraw: redrawOf(run.id) }, (lock) => {
      const target = {
        runId: run.id,
        key,
        since: run.createdAt,
        to: { channel: 'D1' },
        row: lock.row,
        inDoubt: lock.lostBefore,
        lock,
      }
      return writeMessage(on, target, message)
    })

  it('is there once, and all of them know where', async () => {
    const shown = await both(main)
    expect(slack).toHaveLength(1)
    expect(new Set(shown)).toEqual(new Set(['1.1']))
    await both(writeReply)
    await both((on) => direct(on, 'lead:1:U9'))
    expect(slack.map(({ key }) => key)).toEqual(['main', 'ladder', 'lead:1:U9'])
  })

  it('is one file, too', async () => {
    const file = { key: 'file:output', filename: 'output.txt', content: 'x' }
    await both((on) => inThread(on, file.key, (target) => writeFile(on, target, file)))
    expect(files).toEqual(['output.txt'])
  })

  it('is one file, also where the first one died before it knew that it is there', async () => {
    const file = { key: 'file:output', filename: 'output.txt', content: 'x' }
    const write = (on: ThreadWriter) => inThread(on, file.key, (target) => writeFile(on, target, file))
    answerFile = async () => ({ ok: false, reason: 'unavailable', detail: 'the answer was lost' })
    await expect(write(writerOn(store.db))).rejects.toThrow(SlackFailed)
    answerFile = async (fileId) => ({ ok: true, fileId })
    await write(writerOn(replica))
    expect(files).toEqual(['output.txt'])
    expect((await messageOf(store.db, run.id, file.key))?.fileId).toBe('F1')
  })

  it('is tried by another at once where the first one was refused', async () => {
    const answers: Posted[] = [{ ok: false, reason: 'unavailable', detail: '503' }]
    answer = async (ts) => {
      const failed = answers.shift()
      if (failed) slack.pop()
      return failed ?? { ok: true, ts }
    }
    const began = Date.now()
    const results = await Promise.allSettled([writeReply(writerOn(store.db)), writeReply(writerOn(replica))])
    const failed = results.filter(({ status }) => status === 'rejected')
    expect(failed).toMatchObject([{ reason: expect.any(SlackFailed) }])
    expect(slack).toHaveLength(1)
    expect(Date.now() - began).toBeLessThan(5_000)
  })

  it('of a run whose thread was deleted stands in the channel, when the job comes again', async () => {
    await store.db.query(`UPDATE debvisor.runs SET thread = '7.7' WHERE id = $1`, [run.id])
    run = { ...run, thread: '7.7' }
    answer = async () => ({ ok: false, reason: 'unavailable', detail: '503' })
    await expect(main(writerOn(store.db), '7.7')).rejects.toThrow(SlackFailed)
    expect((await getRun(store.db, run.id))?.thread).toBe('7.7')
    slack = []
    closed.set('7.7', 'thread_not_found')
    // The channel does not answer now: what is stored by then is found by the next job.
    await expect(main(writerOn(store.db), '7.7')).rejects.toThrow(SlackFailed)
    expect((await getRun(store.db, run.id))?.thread).toBeNull()
    answer = async (ts) => ({ ok: true, ts })
    slack = []
    run = { ...run, thread: null }
    expect(await main(writerOn(store.db))).toBe('1.1')
    expect(slack).toEqual([{ key: 'main', ts: '1.1', thread: undefined }])
    expect(await main(writerOn(replica))).toBe('1.1')
    expect(slack).toHaveLength(1)
  })

  it.each([
    'thread_not_found',
    'cannot_reply_to_message',
    'restricted_action_thread_locked',
    'restricted_action_non_threadable_channel',
  ])(
    'of a re-check whose thread is gone stands in the channel, with its replies below it: %s',
    async (detail) => {
      closed.set('7.7', detail)
      const writer = writerOn(store.db)
      expect(await main(writer, '7.7')).toBe('1.1')
      const below = (key: string) =>
        inThread(writer, key, (target) =>
          writeBelow(writer, { ...target, to: { ...target.to, thread: '7.7' } }, '1.1', message),
        )
      expect(await below('thread:evidence:1')).toMatchObject({ ok: true })
      expect(await below('ladder')).toMatchObject({ ok: true })
      expect(slack.map(({ key, thread }) => [key, thread])).toEqual([
        ['main', undefined],
        ['thread:evidence:1', '1.1'],
        ['ladder', '1.1'],
      ])
    },
  )

  it('of a run whose own thread was locked stands in the channel where somebody has to act on it', async () => {
    const writer = writerOn(store.db)
    await main(writer)
    closed.set('1.1', 'restricted_action_thread_locked')
    const below = (key: string) =>
      inThread(writer, key, (target) => writeBelow(writer, target, '1.1', message))
    expect(await below('thread:evidence:1')).toBeUndefined()
    expect(await below('ladder')).toMatchObject({ ok: true })
    expect(slack.map(({ key, thread }) => [key, thread])).toEqual([
      ['main', undefined],
      ['ladder', undefined],
    ])
  })

  it('below a reply in a locked thread hangs from no reply, which nobody would see', async () => {
    const writer = writerOn(store.db)
    await main(writer, '7.7')
    closed.set('7.7', 'restricted_action_thread_locked')
    await inThread(writer, 'ladder', (target) =>
      writeBelow(writer, { ...target, to: { ...target.to, thread: '7.7' } }, '1.1', message),
    )
    expect(slack.map(({ key, thread }) => [key, thread])).toEqual([
      ['main', '7.7'],
      ['ladder', undefined],
    ])
  })

  it('is taken over from one that died in the middle, which is looked for first', async () => {
    answer = () => new Promise(() => {})
    void writeReply(writerOn(store.db))
    while (slack.length === 0) await delay(10)
    // Dead: nobody renews what it holds.
    await store.db.query(
      `UPDATE debvisor.messages SET held_by = 'a dead one', held_till = now() - interval '1 second'`,
    )
    await writeReply(writerOn(replica))
    expect(slack).toHaveLength(1)
    expect((await messageOf(store.db, run.id, 'ladder'))?.ts).toBe('1.1')
  })

  it('is not posted by one whose lock ran out while it waited for its turn in the channel', async () => {
    let turns = 0
    const writer = writerOn(store.db)
    const { post } = writer.slack.delivery
    writer.slack.delivery.post = async (to, shown, key) => {
      const now = performance.now()
      if (++turns === 1) vi.spyOn(performance, 'now').mockReturnValue(now + 11_000)
      const isWanted = to.isWanted?.() ?? true
      vi.restoreAllMocks()
      return isWanted ? post(to, shown, key) : { ok: false, reason: 'refused', detail: 'no longer wanted' }
    }
    await writeReply(writer)
    expect(turns).toBe(2)
    expect(slack.map(({ key }) => key)).toEqual(['ladder'])
  })

  it('is not updated by one whose lock ran out between two tries, and by the next one it is', async () => {
    const first = writerOn(store.db)
    await writeReply(first)
    await store.db.query(`UPDATE debvisor.messages SET hash = 'old' WHERE run_id = $1`, [run.id])
    const sent: number[] = []
    let tries = 0
    first.slack.delivery.update = async (_channel, ts, _message, isWanted = () => true) => {
      const now = performance.now()
      if (++tries === 1) vi.spyOn(performance, 'now').mockReturnValue(now + 11_000)
      const wanted = isWanted()
      vi.restoreAllMocks()
      if (!wanted) return { ok: false, reason: 'refused', detail: 'no longer wanted' }
      sent.push(tries)
      return { ok: true, ts }
    }
    await writeReply(first)
    expect(sent).toEqual([2])
  })

  it('is not posted again while Slack does not say whether it has it', async () => {
    answer = async () => ({ ok: false, reason: 'unavailable', detail: 'the answer was lost' })
    await writeReply(writerOn(store.db)).catch(() => undefined)
    answer = async (ts) => ({ ok: true, ts })
    blind = true
    await expect(writeReply(writerOn(replica))).rejects.toThrow(SlackFailed)
    blind = false
    await writeReply(writerOn(replica))
    expect(slack).toHaveLength(1)
    expect((await messageOf(store.db, run.id, 'ladder'))?.ts).toBe('1.1')
  })
})
