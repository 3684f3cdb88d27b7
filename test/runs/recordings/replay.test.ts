import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import type { Origin } from '../../../src/runs/recordings/origins.ts'
import { readRecording, record, recordingsBelow } from '../../../src/runs/recordings/recording.ts'
import { coverage, rejudge, replay } from '../../../src/runs/recordings/replay.ts'
import { record as answered, host, runbooks, topic } from '../../engine/sample-runbook.ts'

const flag = (title: string, level = 5) =>
  runbooks(
    topic(`probes:
  flag: { title: Flag, run: cat flag, parse: lines }
findings:
  flag.raised:
    title: ${title}
    when: size(flag.lines) > 0 && int(flag.lines[0]) > ${level}
    severity: critical
    subject: flag
    detail: it says \${flag.lines[0]}
    evidence: [flag]
    resolution: [Take it down]
  flag.torn:
    title: The flag is torn
    when: flag.err != ""
    severity: warning
    subject: flag
    detail: it says \${flag.err}
    evidence: [flag]
    resolution: [Mend it]
`),
  )
const before = flag('The flag is raised')
const runbook = [...before.topics.values()][0]
if (!runbook) throw new Error('no topic')

const root = mkdtempSync(join(tmpdir(), 'debvisor-recordings-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function recorded(name: string, flagSays: Partial<ProbeRecord>, origin: Origin = 'real'): string {
  const records = [answered('flag', flagSays)]
  const recording = {
    ...{ version: 2 as const, origin, topic: 'db', host, parameters: {}, login: 'bot', ms: 12, records },
  }
  const folder = join(root, name)
  expect(record(folder, recording, rejudge(runbook as NonNullable<typeof runbook>, recording))).toEqual({
    ok: true,
  })
  return folder
}

const up = recorded('up', { stdout: '9\n' })
const down = recorded('down', { stdout: '1\n' })
const torn = recorded('torn', { stdout: '1\n', stderr: 'a hole' }, 'composed')

describe('a replay', () => {
  it('agrees while the runbook concludes the same', () => {
    for (const folder of [up, down, torn]) {
      expect(replay(before, folder)).toMatchObject({ ok: true, differs: '' })
    }
  })

  it.each([
    [flag('The flag is raised', 20), up, 'healthy, recorded as problem'],
    [flag('The flag is raised', 0), torn, 'now cause flag.raised (flag)'],
    [flag('Somebody raised the flag'), up, 'cause flag.raised (flag) says something else'],
  ])('that concludes something else says what', (changed, folder, said) => {
    expect(replay(changed, folder)).toMatchObject({ ok: true, differs: said })
  })

  it('names the probes that are newer than the recording', () => {
    const more = runbooks(
      topic(`probes:
  pole: { title: Pole, run: cat pole, parse: lines }
findings:
  pole.down: {
    title: t, when: pole.lines.size() == 0, severity: critical, subject: s, detail: d, evidence: [pole], resolution: [r] }
`),
    )
    expect(replay(more, down)).toMatchObject({
      differs: 'inconclusive, recorded as healthy (it has no record of pole)',
    })
  })

  it.each([
    ['version: 2', /is no recording.*topic/],
    ['a: [', /is no recording/],
    ['version: 1', /is no recording.*version/],
  ])('of a folder whose file says %s is one sentence', (text, said) => {
    const folder = recorded(`broken-${text.length}`, {})
    writeFileSync(join(folder, 'recording.yml'), text)
    expect(replay(before, folder)).toMatchObject({ ok: false, sentence: expect.stringMatching(said) })
    rmSync(folder, { recursive: true })
  })
})

describe('a recording', () => {
  it('gives back each answer as it was, whatever the host said', () => {
    const said = fc.record({ stdout: fc.string({ unit: 'binary' }), stderr: fc.string({ unit: 'grapheme' }) })
    let n = 0
    fc.assert(
      fc.property(said, (answer) => {
        const folder = recorded(`any-${n++}`, answer)
        const read = readRecording(folder)
        expect(read.ok && read.recording.records).toEqual([answered('flag', { ...answer, command: '' })])
        rmSync(folder, { recursive: true })
      }),
    )
  })
})

describe('coverage', () => {
  it('counts what hosts showed apart from what was composed, and what nothing shows', () => {
    const replays = (...folders: string[]) => folders.map((folder) => replay(before, folder))
    const ids = ['flag.torn', 'flag.raised']
    expect(coverage(ids, replays(up, torn))).toEqual({
      seen: ['flag.raised'],
      composed: ['flag.torn'],
      uncovered: [],
    })
    expect(coverage(ids, replays(down)).uncovered).toEqual(['flag.raised', 'flag.torn'])
  })

  it('does not count a recording that differs', () => {
    const changed = flag('Somebody raised the flag')
    expect(coverage(['flag.raised', 'flag.torn'], [replay(changed, up)]).seen).toEqual([])
  })
})

describe('recordings', () => {
  it('are found below a folder, in order, or are the folder itself', () => {
    expect(recordingsBelow(root)).toEqual([down, torn, up])
    expect(recordingsBelow(up)).toEqual([up])
  })
})
