import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { addEscalation } from '../../../src/escalation/escalation-store.ts'
import { closeProblems, moveEscalation } from '../../../src/escalation/move-store.ts'
import { moves } from '../../../src/escalation/moves.ts'
import { historyButton } from '../../../src/handlers/commands/history.ts'
import { slash } from '../../../src/handlers/commands/slash.ts'
import { statsCommand } from '../../../src/handlers/commands/stats.ts'
import { giveFeedback } from '../../../src/runs/history/feedback.ts'
import { verdictCounts } from '../../../src/runs/history/verdict-counts.ts'
import type { Run } from '../../../src/runs/run.ts'
import { appendAudit } from '../../../src/store/audit/audit.ts'
import { saveMessage } from '../../../src/store/posted-messages.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { diskReport } from '../../slack/messages/sample-views.ts'
import { member } from '../mentions/mention-world.ts'
import { type HistoryWorld, makeHistoryWorld, ran } from './history-world.ts'

const command = { name: '/debvisor', action: 'ask' } as const
const button = { name: 'history_show', action: 'read' } as const
const trouble = diskReport()
const [disk] = trouble.findings
const healthy = diskReport({
  verdict: 'healthy',
  summary: 'nothing wrong found',
  findings: [],
  ruledOut: [{ id: 'postgresql.disk-full', title: 'The disk is full' }],
})
const slow = diskReport({
  summary: 'PostgreSQL is slow',
  findings: disk ? [{ ...disk, id: 'postgresql.slow', title: 'PostgreSQL is slow <!here>' }] : [],
})

describe.each(storeKinds)('what was learned, on the %s store', (kind) => {
  let store: TestStore
  let world: HistoryWorld
  beforeAll(async () => {
    store = await openTestStore(kind)
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    world = makeHistoryWorld(store.db)
    await store.db.query('TRUNCATE debvisor.runs CASCADE')
  })

  const says = (text: string, user = 'U1') =>
    world.asks(user, text, command, (request) => slash(world.bot, request))
  const clicks = (id: string, user = 'U1') =>
    world.asks(user, id, button, (request) => historyButton(world.bot, request))
  const lead = (run: Run) =>
    store.db.tx(async (tx) => {
      const about = { team: 'T1', problemKey: run.problemKeys[0] ?? '', level: 2, runId: run.id } as const
      const words = { title: 't', body: 'b', severity: 'critical', channel: 'C1' } as const
      return (await addEscalation(tx, { ...about, ...words, actor: run.actor })).escalation
    })
  const resolve = (run: Run) => store.db.tx((tx) => closeProblems(tx, 'T1', run.problemKeys, 'U02BO'))

  describe('/debvisor history', () => {
    it('has the trouble with what ended it the last time and who, what changed, and the latest verdicts', async () => {
      const first = await ran(store.db, trouble)
      await lead(first)
      await resolve(first)
      await store.db.query(`UPDATE debvisor.escalations SET closed_at = $1`, [
        new Date(first.createdAt.getTime() + 20_000),
      ])
      const well = await ran(store.db, healthy)
      const again = await ran(store.db, trouble)
      await giveFeedback(store.db, first.id, { by: 'U03EVE', rating: 'wrong', said: 'the <@U02BO> quota' })
      const said = await says('history host1')
      expect(said.split('\n').map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'THEN'))).toEqual([
        'The history of host1: the latest 3 verdicts',
        'db: PostgreSQL is down because its disk is full',
        'This is the 2nd time in 30 days.',
        expect.stringMatching(/^The time before: .*resolved by @U02BO THEN.*It was run \w{4}\.$/),
        `What changed in db, from run ${well.code} (THEN) to ${again.code} (THEN)`,
        '  • New: The disk of PostgreSQL is full',
        'Verdicts',
        `  • 🔴 db: PostgreSQL is down because its disk is full · THEN · run ${again.code}`,
        `  • 🟢 db: nothing wrong found · THEN · run ${well.code}`,
        `  • ☑️ db: PostgreSQL is down because its disk is full · THEN · run ${first.code}`,
        '    Rated wrong by 1 person',
        '    @U03EVE: “it was the <@U02BO> quota”',
      ])
    })

    it('says what is no longer found and what is still there', async () => {
      const both = diskReport({ findings: [...trouble.findings, ...slow.findings] })
      await ran(store.db, both)
      await ran(store.db, slow)
      const said = await says('history host1 db')
      expect(said).toContain('No longer found: The disk of PostgreSQL is full')
      expect(said).toContain('Still there: PostgreSQL is slow <!here>')
      await ran(store.db, slow)
      await ran(store.db, healthy)
      await ran(store.db, healthy)
      expect(await says('history host1')).toContain('Nothing: both found nothing wrong.')
    })

    it('does not take what could not be looked at for gone, or for nothing wrong', async () => {
      const blind = diskReport({ verdict: 'inconclusive', findings: [], ruledOut: [] })
      await ran(store.db, trouble)
      const { code } = await ran(store.db, blind)
      const said = await says('history host1')
      expect(said).toContain(`Not seen again (run ${code} is inconclusive): The disk of PostgreSQL is full`)
      expect(said).not.toContain('No longer found')
      const well = await ran(store.db, healthy)
      expect(await says('history host1')).toContain(
        `No cause in either: run ${code} is inconclusive, run ${well.code} is healthy.`,
      )
      await ran(store.db, trouble)
      await ran(store.db, { ...blind, ruledOut: healthy.ruledOut })
      expect(await says('history host1')).toContain('No longer found: The disk of PostgreSQL is full')
    })

    it('says since when a trouble has been there that was found before', async () => {
      await ran(store.db, trouble)
      expect(await says('history host1')).toContain('It was not found in the 30 days before.')
      await ran(store.db, trouble)
      const said = await says('history host1')
      expect(said).toMatch(/It has been there since \d{4}-\d\d-\d\d \d\d:\d\d UTC\./)
      expect(said).not.toContain('30 days')
      await ran(store.db, healthy)
      await ran(store.db, trouble)
      await ran(store.db, trouble)
      expect(await says('history host1')).toMatch(
        /This is the 2nd time in 30 days\. It has been there since \d{4}-.* UTC\./,
      )
    })

    it('leaves out what its reader may not see, and gives others its place', async () => {
      for (let i = 0; i < 9; i++) await ran(store.db, slow, { topic: 'service' })
      const own = await ran(store.db, trouble)
      for (let i = 0; i < 9; i++) await ran(store.db, slow, { topic: 'service' })
      const seen = await says('history host1')
      expect(seen).toContain(own.code)
      expect(seen).not.toContain('service')
      expect(seen).toContain('its only verdict')
      expect(await says('history host1', 'U07EVE')).toContain('service: PostgreSQL is slow')
    })

    it('has no topic that is there no more for whoever may not read it', async () => {
      await ran(store.db, slow, { topic: 'retired' })
      expect(await says('history host1')).toContain('Nothing has come out on host1 yet')
      expect(await says('history host1', 'U07EVE')).toContain('retired: PostgreSQL is slow')
    })

    it.each([
      ['a guest', 'U8', 'history host1', /^Guests may not/],
      ['a topic that is hidden', 'U1', 'history host1 service', /^You may not read on host1 \(service\)/],
      ['a host that is hidden', 'U07EVE', 'history host2', /^You may not read on host2/],
    ])('is refused to, or of, %s', async (_, user, text, said) => {
      await ran(store.db, trouble, { topic: 'service' })
      expect(await says(text, user)).toMatch(said)
      expect(world.rows.at(-1)).toMatchObject({ decision: 'refused' })
    })

    it('has nothing of another workspace', async () => {
      await ran(store.db, trouble, { team: 'T2' })
      expect(await says('history host1')).toContain('Nothing has come out on host1 yet')
    })

    it('is the same behind the button, about that run', async () => {
      const first = await ran(store.db, trouble)
      await ran(store.db, slow)
      expect(await clicks(first.id)).toMatch(
        /^The history of host1.*\ndb: PostgreSQL is down because its disk is full\n/,
      )
      expect(await clicks(randomUUID())).toBe('This run is gone, or not of this workspace.')
      const hidden = await ran(store.db, trouble, { topic: 'service' })
      expect(await clicks(hidden.id)).toMatch(/^You may not read on host1 \(service\)/)
      const elsewhere = await ran(store.db, trouble, { team: 'T2' })
      expect(await clicks(elsewhere.id)).toBe('This run is gone, or not of this workspace.')
    })
  })

  describe('/debvisor stats', () => {
    const row = (said: string, name: string) =>
      said
        .split('\n')
        .find((line) => line.trim().startsWith(name))
        ?.trim()
        .split(/\s{2,}/)

    it('counts verdicts, and causes as often as they came up', async () => {
      await ran(store.db, trouble)
      await ran(store.db, trouble)
      await ran(store.db, healthy)
      await ran(store.db, trouble)
      await ran(store.db, slow)
      await ran(store.db, diskReport({ verdict: 'inconclusive', findings: [] }))
      await ran(store.db, 'unreachable')
      const said = await says('stats')
      expect(said).toContain('7 runs in the last 30 days')
      expect(said).toContain('By topic\ndb: 4 problem, 2 unclear, 1 healthy\n')
      expect(said).toMatch(
        /Most common causes\n {2}• 2× The disk of PostgreSQL is full\n {2}• 1× PostgreSQL is slow <!here>\n {2}• 1× The host cannot be reached/,
      )
      expect(said).toContain('Nobody has rated a verdict')
    })

    it('says how long people took, by the middle one', async () => {
      for (const [acknowledged, resolved] of [
        [60, 600],
        [120, 1_200],
        [3_000, 86_400],
      ] as const) {
        const run = await ran(
          store.db,
          diskReport({ findings: disk ? [{ ...disk, subject: randomUUID() }] : [] }),
        )
        const { id } = await lead(run)
        await store.db.query(`UPDATE debvisor.escalations SET state = 'done' WHERE id = $1`, [id])
        await store.db.tx((tx) => moveEscalation(tx, id, moves.acknowledge, 'U02BO'))
        await resolve(run)
        await store.db.query(
          `UPDATE debvisor.escalations SET created_at = now() - interval '2 days', acknowledged_at = now() - interval '2 days' + make_interval(secs => $2),
             closed_at = now() - interval '2 days' + make_interval(secs => $3) WHERE id = $1`,
          [id, acknowledged, resolved],
        )
      }
      const said = await says('stats 7d')
      expect(row(said, 'acknowledged')).toEqual(['acknowledged', '3', '2 min'])
      expect(row(said, 'resolved')).toEqual(['resolved', '3', '20 min'])
    })

    it('says how often a verdict was right, as a percentage from ten ratings on', async () => {
      const runs = await Promise.all(Array.from({ length: 10 }, () => ran(store.db, trouble)))
      for (const { id } of runs.slice(0, 8))
        await giveFeedback(store.db, id, { by: 'U1', rating: 'right', said: null })
      await giveFeedback(store.db, runs[8]?.id ?? '', { by: 'U1', rating: 'wrong', said: null })
      expect(await says('stats')).toContain('8 of 9 ratings say that the verdict was right.')
      await giveFeedback(store.db, runs[9]?.id ?? '', { by: 'U1', rating: 'wrong', said: null })
      expect(await says('stats')).toContain('8 of 10 ratings say that the verdict was right (80 %).')
    })

    it('counts the newest where there are too many, and says so', async () => {
      for (let i = 0; i < 3; i++) {
        const run = await ran(
          store.db,
          diskReport({ findings: disk ? [{ ...disk, subject: `/mnt/${i}` }] : [] }),
        )
        await lead(run)
        await resolve(run)
      }
      const stats = (runs: number, escalations: number) =>
        world.asks('U1', 'stats', command, (request) =>
          statsCommand(world.bot, request, { days: 30 }, { runs, escalations }),
        )
      const some = await stats(2, 1)
      expect(some).toContain('Only the newest 2 runs and 1 escalations of the workspace are counted.')
      expect(some).toContain('db: 2 problem, 0 unclear, 0 healthy')
      expect(row(some, 'resolved')?.[1]).toBe('1')
      const all = await stats(4, 4)
      expect(all).not.toContain('Only the newest')
      expect(all).toContain('db: 3 problem, 0 unclear, 0 healthy')
      expect(all).toContain('3× The disk of PostgreSQL is full')
      // However many mounts there are.
      expect(await verdictCounts(store.db, 'T1', { days: 30, most: 4 })).toHaveLength(1)
    })

    it('counts nothing that its reader may not see, and nothing older', async () => {
      const run = await ran(store.db, slow, { topic: 'service' })
      await ran(store.db, trouble, { host: 'host2' })
      await ran(store.db, trouble, { team: 'T2' })
      const old = await ran(store.db, trouble)
      await store.db.query(`UPDATE debvisor.runs SET created_at = now() - interval '31 days' WHERE id = $1`, [
        old.id,
      ])
      await giveFeedback(store.db, run.id, { by: 'U07EVE', rating: 'wrong', said: null })
      await resolve(run)
      expect(await says('stats')).toBe('Nothing that you may see came out in the last 30 days.')
      expect(await says('stats', 'U8')).toMatch(/^Guests may not/)
      const seen = await says('stats', 'U07EVE')
      expect(seen).toContain('1 run in the last 30 days')
      expect(seen).toContain('0 of 1 ratings say')
    })
  })

  describe('/debvisor timeline', () => {
    const posted = ({ id: runId, channel }: Run, ts: string) =>
      saveMessage(store.db, { runId, key: 'main', channel, ts, fileId: null, hash: 'h' })
    const file = async (text: string, user = 'U1') => {
      world.thread.files.splice(0)
      const answer = await says(text, user)
      return { answer, files: [...world.thread.files] }
    }
    /** What happened, without its times and how markup was escaped. */
    const steps = (content = '') =>
      content
        .split('\n')
        .filter((line) => line.startsWith('- '))
        .map((line) => line.replace(/^- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d /, '').replace(/[\\*\u200B]/g, ''))

    it('is a file for its asker alone, with the steps of everybody in their order', async () => {
      const run = await ran(store.db, trouble)
      await posted(run, '17.1')
      const { id } = await lead(run)
      await store.db.query(`UPDATE debvisor.escalations SET state = 'done' WHERE id = $1`, [id])
      await store.db.tx((tx) => moveEscalation(tx, id, moves.acknowledge, 'U02BO'))
      const refused = await says(`page ${run.code}`)
      expect(refused).toMatch(/^You may not page/)
      await giveFeedback(store.db, run.id, { by: 'U03EVE', rating: 'wrong', said: 'a [link](x) <!here>' })
      // Times have milliseconds: in the same one, either may stand first.
      await store.db.query('SELECT pg_sleep(0.002)')
      await resolve(run)
      const { answer, files } = await file(`timeline ${run.code}`)
      expect(answer).toBe(`The timeline of run ${run.code} (db on host1) is in your direct messages with me.`)
      expect(files).toMatchObject([{ channel: 'D-U1', filename: `timeline-db-host1-${run.code}.md` }])
      const [asked, found, contacted, acknowledged, clicked, said, resolved, ...rest] = steps(
        files[0]?.content,
      )
      expect(asked).toBe(`name of U1 asked for db on host1, run ${run.code}`)
      expect(found).toBe(`Run ${run.code}: 🔴 db on host1: PostgreSQL is down because its disk is full`)
      expect(contacted).toBe('name of U1 contacted the DevOps lead')
      expect(acknowledged).toBe('name of U02BO acknowledged (DevOps lead)')
      expect(clicked).toMatch(
        /^name of U1 typed “\/debvisor page”, refused: You may not page the on-call on host1/,
      )
      expect(said).toBe(`name of U03EVE said that run ${run.code} was wrong: “a [link](x) <!here>”`)
      expect(resolved).toBe('name of U02BO resolved (DevOps lead)')
      expect(rest).toEqual([])
      // None of it is markup where it is pasted.
      expect(files[0]?.content).not.toMatch(/(?<!\\)[[<]/)
    })

    it('has nothing else that somebody typed, who may have done so elsewhere', async () => {
      const run = await ran(store.db, trouble)
      const row = { team: 'T1', actor: 'U02BO', action: 'page', host: 'host1', topic: 'db', target: null }
      for (const asked of [`page ${run.code} Acme pays late`, `acme ${run.code}`])
        await store.db.tx((tx) =>
          appendAudit(tx, { ...row, door: '/debvisor', asked, decision: 'refused', reason: 'no' }),
        )
      const { files } = await file(`timeline ${run.code}`)
      expect(steps(files[0]?.content)).toEqual(
        expect.arrayContaining([
          'name of U02BO typed “/debvisor page”, refused: no',
          'name of U02BO typed “/debvisor”, refused: no',
        ]),
      )
      expect(files[0]?.content).not.toMatch(/acme/i)
    })

    it('is not sent where the audit cannot have that it is', async () => {
      const run = await ran(store.db, trouble)
      vi.spyOn(world.bot.store, 'audit').mockRejectedValue(new Error('the disk is full'))
      const { answer, files } = await file(`timeline ${run.code}`)
      expect(answer).toMatch(/^Something broke on our side/)
      expect(files).toEqual([])
    })

    it('asks Slack for few names, however many people a message mentions', async () => {
      const run = await ran(store.db, trouble)
      await posted(run, '17.4')
      const invented = Array.from({ length: 800 }, (_, i) => `@U9${String(i).padStart(3, '0')}`)
      world.thread.channel = 'C1'
      world.thread.said = [
        { user: 'U02BO', text: invented.join(' '), at: new Date() },
        { user: 'U03EVE', text: 'enough', at: new Date() },
      ]
      const asked = vi.spyOn(world.bot.slack, 'displayName')
      const { files } = await file(`timeline ${run.code}`)
      expect(asked.mock.calls.length).toBe(50)
      expect(steps(files[0]?.content)).toContain('name of U03EVE wrote: “enough”')
    })

    it('asks who wrote a few at once, and does not wait for Slack', async () => {
      const run = await ran(store.db, trouble)
      await posted(run, '17.5')
      world.thread.channel = 'C1'
      world.thread.said = Array.from({ length: 30 }, (_, i) => ({
        ...{ user: `U1${String(i).padStart(2, '0')}`, text: `word ${i}`, at: new Date() },
      }))
      let [now, most] = [0, 0]
      const ask = vi.spyOn(world.bot.slack, 'person').mockImplementation(async (id) => {
        most = Math.max(most, ++now)
        await new Promise(setImmediate)
        now--
        return { ...member, id }
      })
      await file(`timeline ${run.code}`)
      expect(most).toBeGreaterThan(1)
      expect(most).toBeLessThanOrEqual(8)
      vi.useFakeTimers({ toFake: ['performance'] })
      try {
        ask.mockImplementation((id) => {
          if (id === 'U1') return Promise.resolve({ ...member, id })
          vi.advanceTimersByTime(6_000)
          return new Promise(() => {})
        })
        expect((await file(`timeline ${run.code}`)).files[0]?.content).toContain('wrote: “word 29”')
      } finally {
        vi.useRealTimers()
      }
    })

    it('has what people said only for whoever asks in that channel, without secrets', async () => {
      const run = await ran(store.db, trouble)
      await posted(run, '17.2')
      world.thread.said = [{ user: 'U02BO', text: 'try hunter_2, @U03EVE', at: new Date() }]
      expect((await file(`timeline ${run.code}`)).files[0]?.content).not.toContain('try')
      expect((await file(`timeline ${run.code}`)).files[0]?.content).toContain(
        'is left out: ask in its channel',
      )
      world.thread.channel = 'C1'
      const { content } = (await file(`timeline ${run.code}`)).files[0] ?? {}
      expect(steps(content)).toContain('name of U02BO wrote: “try [redacted], @name of U03EVE”')
      world.thread.said = undefined
      expect((await file(`timeline ${run.code}`)).files[0]?.content).toContain('could not be read')
    })

    it('has the other runs of its thread, but for those that its asker may not see', async () => {
      const run = await ran(store.db, trouble)
      await posted(run, '17.3')
      for (const topic of ['db', 'service']) {
        const other = await ran(store.db, slow, { topic })
        await store.db.query('UPDATE debvisor.runs SET thread = $2 WHERE id = $1', [other.id, '17.3'])
      }
      const own = (await file(`timeline ${run.code}`)).files[0]?.content ?? ''
      expect(own).toContain('PostgreSQL is slow')
      expect(own).not.toContain('service')
      expect((await file(`timeline ${run.code}`, 'U07EVE')).files[0]?.content).toContain('service on host1')
    })

    it('is refused like any reading, and nothing is sent', async () => {
      const hidden = await ran(store.db, trouble, { topic: 'service' })
      const elsewhere = await ran(store.db, trouble, { team: 'T2' })
      const refused = await file(`timeline ${hidden.code}`)
      expect(refused.answer).toMatch(/may not read on host1 \(service\)/)
      expect(refused.files).toEqual([])
      expect(await file(`timeline ${elsewhere.code}`)).toMatchObject({ files: [] })
      expect(await file(`timeline ${hidden.code}`, 'U8')).toMatchObject({ files: [] })
    })
  })
})
