import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { giveFeedback } from '../../src/runs/history/feedback.ts'
import { saveProbe } from '../../src/runs/probe-store.ts'
import { examinableOf, readRecording } from '../../src/runs/recordings/recording.ts'
import { rejudge } from '../../src/runs/recordings/replay.ts'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun } from '../../src/runs/run-store.ts'
import { record as answered, host, runbook } from '../engine/sample-runbook.ts'
import { openTestStore, storeKinds, type TestStore } from '../fakes/stores.ts'
import { fakeTerminal } from './fake-terminal.ts'

const flagRunbook = `version: 1
topic: flag
title: A flag
symptoms: [Somebody raised it]
parameters:
  pole: { type: path, default: /srv/pole, description: Where it is }
probes:
  flag: { title: Flag, run: 'cat {{pole}}', parse: lines }
findings:
  flag.raised:
    title: The flag is raised
    when: flag.lines.size() > 0
    severity: critical
    subject: \${param.pole}
    detail: \${flag.lines[0]}
    evidence: [flag]
    resolution: [Take it down]
`

describe.each(storeKinds)('debvisor recordings export, from the %s store', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-recordings-test-'))
  const config = join(folder, 'debvisor.yml')
  let store: TestStore
  let run: Run
  let withoutVerdict: Run
  let before: Run

  const cli = async (...args: readonly string[]) => {
    const { term, out, err } = fakeTerminal()
    const env = store.config.databaseUrl ? { DATABASE_URL: store.config.databaseUrl } : {}
    const status = await runCli(term, env, [...args, '--config', config])
    return { status, out: out.join('\n'), err: err.join('\n') }
  }
  const asked = async (): Promise<Run> => {
    const actor = { kind: 'user', id: 'U1' } as const
    const about = { team: 'T1', actor, topic: 'flag', host: host.name, production: true }
    const { id } = await store.db.tx((tx) => createRun(tx, { ...about, channel: 'C1', responseUrl: null }))
    return (await claimRun(store.db, id, 'w')) as Run
  }
  beforeAll(async () => {
    store = await openTestStore(kind)
    writeFileSync(config, `version: 1\nrunbooks: [./runbooks]\nstore: { folder: '${store.config.folder}' }\n`)
    mkdirSync(join(folder, 'runbooks'))
    writeFileSync(join(folder, 'runbooks', 'flag.yml'), flagRunbook)

    run = await asked()
    const lease = { runId: run.id, epoch: run.epoch }
    const visit = { at: 1_700_000_000, since: { kind: 'day', seconds: 86_400 } } as const
    const seen = answered('flag', { stdout: 'up, password=[redacted]\n' })
    const examined = { parameters: { pole: '/srv/hunter2' }, login: 'debvisor', visit }
    const kept = examinableOf(examined, (text) => text.replaceAll('hunter2', '[redacted]'))
    const recording = {
      version: 2,
      origin: 'real',
      topic: 'flag',
      host,
      ms: 5,
      records: [seen],
      ...kept,
    } as const
    await saveProbe(store.db, lease, seen)
    // Of a worker that died, by another version of the runbook.
    await saveProbe(store.db, lease, answered('mast', { stdout: 'broken\n' }))
    const report = rejudge(runbook(flagRunbook), recording)
    await finishRun(store.db, lease, { state: 'done', report, problemKeys: ['k'], examined: kept })
    await giveFeedback(store.db, run.id, { by: 'U02BO', rating: 'wrong', said: 'a kite' })
    await giveFeedback(store.db, run.id, { by: 'U03EVE', rating: 'right', said: null })

    before = await asked()
    await finishRun(
      store.db,
      { runId: before.id, epoch: before.epoch },
      { state: 'done', report, problemKeys: [] },
    )
    withoutVerdict = await asked()
    // An embedded store has one process at a time.
    if (kind === 'embedded') await store.db.close()
  })
  afterAll(async () => {
    if (kind === 'embedded') rmSync(store.config.folder, { recursive: true, force: true })
    else await store.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('makes a folder that runbook test judges again, with what people said', async () => {
    const out = join(folder, 'raised')
    const exported = await cli('recordings', 'export', run.code.toLowerCase(), '--out', out)
    expect(exported).toMatchObject({ status: 0, err: '' })
    expect(exported.out).toBe(
      `Run ${run.code} (flag on host1, problem) is recorded in ${out}.\nIt has the ratings of 2 people.\nJudge it again: debvisor runbook test ${out}`,
    )
    const judged = await cli('runbook', 'test', out)
    expect(judged).toMatchObject({ status: 0, err: '' })
    expect(judged.out).toMatch(/^raised +real +problem +flag\.raised \(\/srv\/\[redacted\]\) +right$/m)
    expect(judged.out).toContain('raised: people said that it was wrong, it was "a kite".')
  })

  it('keeps what was redacted redacted, and names nobody', async () => {
    const out = join(folder, 'again')
    await cli('recordings', 'export', run.code, '--out', out)
    const text = readFileSync(join(out, 'recording.yml'), 'utf8')
    expect(text).not.toMatch(/hunter2|U02BO|U03EVE|mast/)
    expect(text).toContain('password=[redacted]')
    const read = readRecording(out)
    expect(read.ok && read.recording.feedback).toEqual([
      { rating: 'wrong', said: 'a kite' },
      { rating: 'right' },
    ])
  })

  it('is a test case: where a runbook concludes something else, it differs', async () => {
    const out = join(folder, 'differs')
    await cli('recordings', 'export', run.code, '--out', out)
    const file = join(folder, 'runbooks', 'flag.yml')
    writeFileSync(file, flagRunbook.replace('size() > 0', 'size() > 1'))
    expect(await cli('runbook', 'test', out)).toMatchObject({ status: 1 })
    writeFileSync(file, flagRunbook)
  })

  it('says in a sentence why there is none, and makes no folder', async () => {
    const export_ = (code: string, out = join(folder, 'none')) =>
      cli('recordings', 'export', code, '--out', out)
    expect(await export_('ZZZZ')).toMatchObject({
      status: 3,
      err: expect.stringContaining("There is no run 'ZZZZ'"),
    })
    expect((await export_(withoutVerdict.code)).err).toContain('has no verdict')
    expect((await export_(before.code)).err).toContain('is older than what is kept for a recording')
    expect((await export_(run.code, folder)).err).toContain('is not empty; name a new folder for --out.')
    expect(readdirSync(folder)).not.toContain('none')
  })
})
