import { describe, expect, it } from 'vitest'
import type { LoggedCall } from '../../playground/slack/state/call-log.ts'
import { loneProblems, problemsOf, textProblems, viewProblems } from './posted.ts'

const readers = { hosts: ['host1'], spacingMs: 300 }
const call = (method: string, args: object, at = 0): LoggedCall =>
  ({ method, args, at, token: 'xoxb', status: 200, answer: { ok: true } }) as LoggedCall
const problems = (calls: readonly LoggedCall[], answers: readonly object[] = [], restarts: number[] = []) =>
  problemsOf(
    {
      calls: (method) => calls.filter((each) => each.method === method),
      privateAnswers: () => answers as never,
    },
    { ...readers, restarts },
  )
const post = (text: string, key: string, run = 'r1') =>
  call('chat.postMessage', {
    channel: 'C1',
    text,
    metadata: { event_type: 'debvisor_message', event_payload: { run, key } },
  })
const update = (text: string, at: number) => call('chat.update', { channel: 'C1', ts: '1.1', text }, at)

describe('a text', () => {
  it.each([
    '🔴 db on host1: PostgreSQL is down &amp; its disk is full',
    '<@U01ANA> db on host1: nothing wrong found',
    'see <https://x.slack.com/p1|the thread> at <!date^1^{time}|04:12>',
  ])('is fine: %s', (text) => {
    expect(textProblems(text)).toEqual([])
  })

  it.each([
    ['', 'says nothing'],
    ['🔴 …', 'says nothing'],
    ['<@U01ANA>', 'says nothing'],
    ['disk & memory', 'raw or a cut &'],
    ['the disk is full &am', 'raw or a cut &'],
    ['look <!channel>', 'raw or cut markup'],
    ['<@U01ANA> and <https://x.slack', 'raw or cut markup'],
  ])('%j is not', (text, why) => {
    expect(textProblems(text)).toEqual([expect.stringContaining(why)])
  })

  it('stands alone where it names a host, a ticket or a run before a phone cuts it', () => {
    for (const text of ['🔴 db on host1: down', '🎫 Ticket #12: down', 'run 7F3K was cancelled'])
      expect(loneProblems(text, ['host1'])).toEqual([])
    for (const text of ['It is over.', `${'x'.repeat(90)} on host1`])
      expect(loneProblems(text, ['host1'])).toHaveLength(1)
  })
})

describe('of what was sent it is told', () => {
  it('that blocks, a text or a view are more than Slack takes', () => {
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3_001) } }]
    expect(problems([], [{ text: 'db on host1', blocks }]).join()).toContain('less than 3001')
    expect(problems([update(`host1 ${'x'.repeat(4_000)}`, 0)]).join()).toContain('msg_too_long')
    const view = { title: { text: 'x'.repeat(25) }, blocks: [], private_metadata: 'x'.repeat(3_001) }
    expect(viewProblems(view).join()).toMatch(/a label.*too much private_metadata/s)
  })

  it('that something was posted twice, or called somebody twice', () => {
    expect(problems([post('db on host1', 'main'), post('db on host1', 'main', 'r2')])).toEqual([])
    expect(problems([post('db on host1', 'main'), post('db on host1', 'main')])).toEqual([
      'main of run r1 was posted twice',
    ])
    expect(
      problems([post('<@U1> host1', 'thread:evidence:1'), post('<@U1> host1', 'thread:verdict')]),
    ).toEqual(['a reply with a mention, of run r1, was posted twice'])
  })

  it('that a file was shared twice', () => {
    const file = call('files.completeUploadExternal', {
      thread_ts: '1.1',
      files: [{ title: 'db-host1.txt' }],
    })
    expect(problems([file])).toEqual([])
    expect(problems([file, file]).join()).toContain('was shared twice')
  })

  it('that progress comes again within 3 s, by the same process', () => {
    expect(problems([update('⏳ host1: 1', 0), update('⏳ host1: 2', 300), update('🔴 host1', 310)])).toEqual(
      [],
    )
    expect(problems([update('⏳ host1: 1', 0), update('⏳ host1: 2', 99)]).join()).toContain(
      'came 99 ms after',
    )
    const progress = (...times: number[]) => times.map((at) => update(`⏳ host1: ${at}`, at))
    expect(problems(progress(0, 99), [], [50])).toEqual([])
    expect(problems(progress(0, 99, 150), [], [50])).toHaveLength(1)
    expect(problems(progress(0, 20, 99), [], [50])).toHaveLength(1)
  })

  it('that a message is sent again as it is', () => {
    const ticket = (...words: string[]) =>
      words.map((word, at) => update(`🎫 Ticket #1: ${word}`, 1_000 * at))
    expect(problems(ticket('open', 'closed', 'open'))).toEqual([])
    expect(problems(ticket('open', 'closed', 'closed'))).toEqual([
      expect.stringContaining('was sent twice in a row'),
    ])
    const ended = (...times: number[]) => [
      update('⏳ host1: 1', 0),
      ...times.map((at) => update('🔴 host1', at)),
    ]
    expect(problems(ended(1_000, 2_000))).toEqual([])
    expect(problems(ended(1_000, 2_000, 3_000))).toHaveLength(1)
  })
})
