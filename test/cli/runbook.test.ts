import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { readRecording, record, recordingsBelow, rewriteReport } from '../../src/runs/recordings/recording.ts'
import { rejudge } from '../../src/runs/recordings/replay.ts'
import { record as answered, host, runbook } from '../engine/sample-runbook.ts'
import { fakeTerminal } from './fake-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'debvisor-runbook-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function test(...args: readonly string[]) {
  const { term, out, err } = fakeTerminal()
  return {
    status: await runCli(term, {}, ['runbook', 'test', ...args]),
    out: out.join('\n'),
    err: err.join('\n'),
  }
}

const flagRunbook = `version: 1
topic: flag
title: A flag
symptoms: [Somebody raised it]
probes:
  flag: { title: Flag, run: cat flag, parse: lines }
findings:
  flag.raised:
    title: The flag is raised
    when: flag.lines.size() > 0
    severity: critical
    subject: flag
    detail: it says so
    evidence: [flag]
    resolution: [Take it down]
  flag.torn:
    title: The flag is torn
    when: flag.err != ""
    severity: warning
    subject: flag
    detail: it says so
    evidence: [flag]
    resolution: [Sew it]
`

/** As `diagnose --record` keeps it. */
function recordFlag(path: string): void {
  const recording = {
    version: 2,
    origin: 'real',
    topic: 'flag',
    host,
    parameters: {},
    login: 'debvisor',
    ms: 5,
    records: [answered('flag', { stdout: 'up\n' })],
  } as const
  const written = record(path, recording, rejudge(runbook(flagRunbook), recording))
  if (!written.ok) throw new Error(written.sentence)
}

describe('debvisor runbook test', () => {
  it('prints a row for each shipped recording, and names with --shipped what none of them covers', async () => {
    const { status, out } = await test('--shipped')
    expect(status).toBe(0)
    expect(out).toMatch(/^recording +origin +verdict +first finding/)
    expect(out).toMatch(/^(\d+) of \1 right \(\d+ lab, \d+ real, \d+ composed\)\.$/m)
    expect(out).toMatch(
      /^Of \d+ findings \d+ are recorded on hosts, \d+ are only composed, \d+ are in no recording\.$/m,
    )
    expect(out).toMatch(/^(Only composed|In no recording): /m)
  }, 90_000)

  describe('without folders', () => {
    const own = mkdtempSync(join(folder, 'own-'))
    const config = join(own, 'debvisor.yml')
    const recordings = join(own, 'recordings')
    writeFileSync(config, 'version: 1\nrunbooks: [./runbooks]\n')
    mkdirSync(join(own, 'runbooks'))
    writeFileSync(join(own, 'runbooks', 'flag.yml'), flagRunbook)

    it('asks for a recording of what is one’s own, and judges nothing else', async () => {
      const { status, out, err } = await test('--config', config)
      expect({ status, out }).toEqual({ status: 3, out: '' })
      expect(err).toContain(`There is no folder ${recordings}: `)
      expect(err).toContain('--record recordings/NAME')
    })

    it('judges what is beside debvisor.yml, counts one’s own findings, and accepts there', async () => {
      recordFlag(join(recordings, 'raised'))
      const { status, out } = await test('--config', config)
      expect(out).toContain('1 of 1 right')
      expect(out).toContain(
        'Of 2 findings 1 are recorded on hosts, 0 are only composed, 1 are in no recording.\nIn no recording: flag.torn',
      )
      expect(status).toBe(0)
      const path = join(recordings, 'raised')
      const read = readRecording(path)
      if (!read.ok) throw new Error(read.sentence)
      rewriteReport(path, { ...read.concluded, summary: 'something else' })
      expect(await test('--config', config, '--accept')).toMatchObject({ status: 0 })
      expect(await test('--config', config)).toMatchObject({ status: 0 })
    })

    it('never rewrites the recordings that come with the bot', async () => {
      const plain = join(mkdtempSync(join(folder, 'plain-')), 'debvisor.yml')
      writeFileSync(plain, 'version: 1\n')
      for (const more of [[], ['--shipped']])
        expect(await test('--config', plain, '--accept', ...more)).toMatchObject({
          status: 3,
          out: '',
          err: expect.stringContaining('The recordings that come with the bot stay as they are'),
        })
    })

    it('--shipped and folders are two questions', async () => {
      expect(await test('--shipped', folder)).toMatchObject({
        status: 3,
        err: expect.stringContaining('--shipped takes no folders'),
      })
    })
  })

  it('ends with 1 and says what differs; once that is accepted, with 0', async () => {
    const [own = ''] = recordingsBelow(new URL('../recordings', import.meta.url).pathname)
    const copy = join(folder, 'copy')
    cpSync(own, copy, { recursive: true })
    const read = readRecording(copy)
    if (!read.ok) throw new Error(read.sentence)
    rewriteReport(copy, { ...read.concluded, summary: 'something else' })
    expect(await test(copy)).toMatchObject({ status: 1, out: expect.stringContaining('another summary') })
    expect(await test(copy, '--accept')).toMatchObject({ status: 0 })
    expect(await test(copy)).toMatchObject({ status: 0, out: expect.stringContaining('1 of 1 right') })
  })

  it('ends with 3 where a recording cannot be read, or there is none', async () => {
    const broken = mkdtempSync(join(folder, 'broken-'))
    writeFileSync(join(broken, 'recording.yml'), '{}')
    expect(await test(broken)).toMatchObject({ status: 3, err: expect.stringContaining('is no recording') })
    expect(await test(mkdtempSync(join(folder, 'empty-')))).toMatchObject({
      status: 3,
      err: expect.stringContaining('no recording below'),
    })
    expect(await test(join(folder, 'nowhere'))).toMatchObject({
      status: 3,
      err: expect.stringContaining('There is no folder'),
    })
  })
})
