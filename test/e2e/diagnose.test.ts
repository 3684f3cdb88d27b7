import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { asText, openRig, type Rig } from './bot.ts'

const topics = ['service', 'db', 'websocket', 'performance'] as const

describe.each([
  { mode: 'socket', store: 'embedded' },
  { mode: 'http', store: 'postgres' },
] as const)('over $mode with the $store store', ({ mode, store }) => {
  let rig: Rig
  let stopPostgres: (() => Promise<void>) | undefined

  beforeAll(async () => {
    const postgres = store === 'postgres' ? await openDatabase() : undefined
    stopPostgres = postgres?.stop
    rig = await openRig({ mode, store, databaseUrl: postgres?.url, shippedTopics: true })
  })
  afterAll(async () => {
    await rig?.close()
    await stopPostgres?.()
  })

  it.each(topics)(
    'a typed diagnosis of %s becomes a verdict with its evidence in the thread',
    async (topic) => {
      const before = (await rig.fakeSlack.messages()).map((m) => m.ts)
      const done = await rig.fakeSlack.command(`diagnose ${topic} host1`)
      expect(done.status).toBe(200)
      expect(done.ackMs).toBeLessThan(3_000)
      const verdict = await rig.verdict({ after: before })
      expect(verdict.text).toContain(`${topic} on host1: `)
      expect(asText(verdict)).toMatch(/host1 \(production\) · \d+ probes in [\d.]+ s/)
      expect(asText(verdict)).toContain('[Check again] [Open ticket]')
      const file = await rig.fakeSlack.waitFor(
        () => rig.fakeSlack.files().find((f) => f.name.startsWith(`${topic}-host1-`)),
        { what: 'the output file' },
      )
      expect(file.content).toMatch(/^==== \w+ · .+ · answered, exit status 0/m)
      expect(await rig.thread(verdict.ts)).toMatch(/nothing wrong found|Could not be seen|Symptom|[Cc]ause/)
      const calls = rig.fakeSlack
        .calls('chat.postMessage')
        .filter(({ args }) => args.thread_ts === verdict.ts && String(args.text).includes('<@'))
      expect(calls.map(({ args }) => args.text)).toEqual([
        expect.stringMatching(`^<@${rig.fakeSlack.users.ana}> ${topic} on host1: \\w`),
      ])
    },
  )

  it('a typed symptom without a topic becomes a verdict that says which topic was chosen and why', async () => {
    const before = (await rig.fakeSlack.messages()).map((m) => m.ts)
    expect((await rig.fakeSlack.command('diagnose host1 dashboard metrics are stale')).status).toBe(200)
    const verdict = await rig.verdict({ after: before })
    expect(verdict.text).toContain('websocket on host1: ')
    expect(asText(verdict)).toContain('chosen by “dashboard”, “metrics”, “stale”')
  })
})
