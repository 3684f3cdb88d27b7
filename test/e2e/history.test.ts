import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadRunbooks } from '../../src/engine/load-runbooks.ts'
import { record } from '../../src/runs/recordings/recording.ts'
import { replay } from '../../src/runs/recordings/replay.ts'
import { storedRecording } from '../../src/runs/recordings/stored-recording.ts'
import { runsOfCode } from '../../src/runs/run-store.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { asText, openRig, type Rig } from './bot.ts'

const runbooks = loadRunbooks([fileURLToPath(new URL('small-topics', import.meta.url))])
const hasPostgres = storeKinds.includes('postgres')

describe('what was learned on a host', () => {
  let database: Awaited<ReturnType<typeof openDatabase>> | undefined
  let rig: Rig
  /** Of the run's message, and of the reply with its evidence. */
  let ts: string
  let evidenceTs: string
  let code: string

  const privately = async (text: string, user = 'ana'): Promise<string> => {
    const { private: answer } = await rig.fakeSlack.command(text, { user })
    return asText(answer as never).replaceAll('`', '')
  }
  const click = (actionId: string, user = 'ana') =>
    rig.fakeSlack.click({ channel: 'incidents', ts: evidenceTs, actionId, user })
  const answerTo = async (clicked: ReturnType<typeof click>): Promise<string> => {
    const done = await clicked
    await rig.fakeSlack.waitFor(() => done.responses().length === 1, { what: 'a private answer' })
    return asText(done.responses()[0] as never)
  }

  beforeAll(async () => {
    database = hasPostgres ? await openDatabase() : undefined
    rig = await openRig({ databaseUrl: database?.url })
    await rig.fakeSlack.command('diagnose db host1')
    ts = (await rig.verdict()).ts
    const evidence = await rig.fakeSlack.waitFor(
      async () => (await rig.fakeSlack.replies('incidents', ts)).find((m) => asText(m).includes('[Right]')),
      { what: 'the evidence', ms: 20_000 },
    )
    evidenceTs = evidence.ts
    code = /run ([0-9A-Z]{4})/.exec(asText(await rig.fakeSlack.message('incidents', ts)))?.[1] ?? ''
  }, 120_000)
  afterAll(async () => {
    await rig?.close()
    await database?.stop()
  })

  it('has the buttons below the evidence, and none of them on the verdict', async () => {
    expect(asText(await rig.fakeSlack.message('incidents', evidenceTs))).toMatch(
      /\[Right\] \[Wrong, it was …\] \[History\]$/m,
    )
    expect(asText(await rig.fakeSlack.message('incidents', ts))).not.toMatch(/\[Right\]|\[History\]/)
  })

  it('what people say of the verdict is kept, and the verdict stays', async () => {
    const verdict = asText(await rig.fakeSlack.message('incidents', ts))
    expect(await answerTo(click('feedback_right'))).toContain(`Noted: run ${code} was right.`)
    await click('feedback_wrong_open', 'bo')
    const view = await rig.fakeSlack.waitFor(
      () => rig.fakeSlack.openedViews().find(({ view: { submit } }) => submit)?.view,
      { what: 'the form' },
    )
    const { errors } = await rig.fakeSlack.submit({
      view,
      user: 'bo',
      values: { was: { value: 'the <!here> quota' } },
    })
    expect(errors).toBeUndefined()
    const shown = rig.fakeSlack.openedViews().find((each) => each.view.id === view.id)?.view
    expect(asText({ text: '', blocks: shown?.blocks } as never)).toContain(`Noted: run ${code} was wrong.`)
    expect(await answerTo(click('feedback_right', 'guest'))).toMatch(/^Guests may not/)
    expect(asText(await rig.fakeSlack.message('incidents', ts))).toBe(verdict)
  })

  it('is read by the command, the button and a mention, by whoever asks alone', async () => {
    const said = await privately('history host1')
    expect(said).toContain(`🔴 db: PostgreSQL does not answer`)
    expect(said).toContain('Rated right by 1 person')
    expect(said).toContain('“it was the <!here> quota”')
    expect(said).toMatch(/run [0-9A-Z]{4}: https?:\/\//)
    expect(await answerTo(click('history_show'))).toContain('The history of host1')
    await rig.fakeSlack.mention('@debvisor history', { threadTs: ts })
    await rig.fakeSlack.waitFor(
      () => rig.fakeSlack.ephemerals('ana').some((m) => asText(m).includes('The history of host1')),
      { what: 'the history for the asker alone' },
    )
    expect(await rig.thread(ts)).not.toContain('The history of')
  })

  it('is counted in a chart, and in lines where Slack knows no charts', async () => {
    const answered = (has: RegExp) =>
      rig.fakeSlack.waitFor(
        () => rig.fakeSlack.privateAnswers().some((each) => has.test(JSON.stringify(each))),
        {
          what: `a private answer with ${has}`,
        },
      )
    await rig.fakeSlack.command('stats')
    await answered(
      /"data_visualization".*"label":"db","value":1.*1 of 2 ratings say that the verdict was right\./,
    )
    rig.fakeSlack.faults.refuseBlock('data_visualization')
    await rig.fakeSlack.command('stats')
    await answered(/By topic\\ndb: 1 problem, 0 unclear, 0 healthy/)
    rig.fakeSlack.faults.clear()
  })

  it('goes into a timeline, which its asker gets directly', async () => {
    expect(await privately(`timeline ${code}`)).toContain('is in your direct messages with me')
    const file = rig.fakeSlack.files().find(({ name }) => name.startsWith('timeline-db-host1-'))
    expect(file?.content).toContain(`asked for db on host1, run ${code}`)
    expect(file?.content).toMatch(/\*\*ana\*\* wrote: “.*history”/)
    expect(file?.content).not.toMatch(/debvisor\*\* wrote/)
    expect(file?.channel).not.toBe(rig.fakeSlack.channels.incidents)
  })

  it.runIf(hasPostgres)('makes a test case of the run, which concludes the same again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'debvisor-history-test-'))
    const db = await openStore({ databaseUrl: database?.url, folder })
    try {
      const [run] = await runsOfCode(db, code)
      const recording = run && (await storedRecording(db, run))
      if (!run?.report || !recording || !runbooks.ok) throw new Error('no recording')
      record(join(folder, 'run'), recording, run.report)
      expect(replay(runbooks.runbooks, join(folder, 'run'))).toMatchObject({
        ok: true,
        differs: '',
        feedback: [{ rating: 'right' }, { rating: 'wrong', said: 'the <!here> quota' }],
      })
    } finally {
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
