import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { shippedRunbooks } from '../src/cli/set-up.ts'
import { loadRunbooks } from '../src/engine/load-runbooks.ts'
import { reportSchema } from '../src/engine/report-schema.ts'
import type { Runbook } from '../src/engine/runbook/runbook.ts'
import { type Recording, readRecording, recordingsBelow } from '../src/runs/recordings/recording.ts'
import { rejudge, replay } from '../src/runs/recordings/replay.ts'
import { printProblem } from '../src/yaml/problem.ts'

const loaded = loadRunbooks([shippedRunbooks])
if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
const { runbooks } = loaded
const root = fileURLToPath(new URL('./recordings', import.meta.url))
const folders = recordingsBelow(root)

/** Each is read once: to read them all takes seconds. */
const opened = new Map<string, { readonly recording: Recording; readonly runbook: Runbook }>()

function open(folder: string): { readonly recording: Recording; readonly runbook: Runbook } {
  const known = opened.get(folder)
  if (known) return known
  const read = readRecording(folder)
  if (!read.ok) throw new Error(read.sentence)
  const runbook = runbooks.topics.get(read.recording.topic)
  if (!runbook) throw new Error(`${folder}: no topic ${read.recording.topic}`)
  const one = { recording: read.recording, runbook }
  opened.set(folder, one)
  return one
}

/** A megabyte for every probe takes a third of a second to judge. */
const oneForEachTopic = (): string[] => [
  ...new Map(folders.map((folder) => [open(folder).recording.topic, folder])).values(),
]

/** What a probe may get to read in place of what it expects. */
const garbled: readonly (readonly [string, (text: string) => string])[] = [
  ['garbage', () => '\u0001%$ ]}{[ <<>> ; \u2028 = = : : , , " \' \\'],
  ['no UTF-8', () => '\ufffd\ufffd\ufffd'.repeat(40)],
  ['nothing', () => ''],
  ['half of it', (text) => text.slice(0, text.length / 2)],
  ['a megabyte', () => 'x y=z: 1,2 '.repeat(95_000)],
]

/** Code of a traceback, what PostgreSQL adds to an error, what says that it is none. */
const ofNoError =
  /^(?:File "|Traceback |at |raise |\^|\{.*"level":"?(?:30|info))|\b(?:STATEMENT|HINT|DETAIL|LOG|INFO|WARNING|NOTICE):\s/

describe('recorded runs', () => {
  it('are there', () => expect(folders.length).toBeGreaterThan(0))

  it.each(folders.map((folder) => [folder.slice(root.length + 1), folder]))(
    '%s concludes what it did (else: debvisor runbook test; where the new verdict is right, --accept)',
    (_name, folder) => expect(replay(runbooks, folder)).toMatchObject({ ok: true, differs: '' }),
  )

  it('leave no error of the platform that goes on where the host is healthy, and tell none that is none', () => {
    for (const folder of folders) {
      const { recording, runbook } = open(folder)
      const { verdict, unexplained = [] } = rejudge(runbook, recording)
      const doubts = unexplained.filter(({ goesOn, strangers }) => goesOn && !strangers)
      if (verdict === 'healthy') expect([folder, doubts]).toEqual([folder, []])
      const noise = unexplained.filter(({ said }) => ofNoError.test(said) || said.trim() !== said)
      expect([folder, noise]).toEqual([folder, []])
    }
  }, 120_000)

  it.each(garbled)('with %s in place of every output give a report, and no false green', (name, garble) => {
    for (const folder of name === 'a megabyte' ? oneForEachTopic() : folders) {
      const { recording, runbook } = open(folder)
      const records = recording.records.map((r) => ({ ...r, stdout: garble(r.stdout) }))
      const report = reportSchema.parse(rejudge(runbook, { ...recording, records }))
      if (name !== 'half of it') expect([folder, report.verdict]).not.toEqual([folder, 'healthy'])
    }
  })

  it('name no login, key or path of those who recorded them', () => {
    for (const folder of folders) {
      const { recording } = open(folder)
      const said = JSON.stringify(recording)
      expect([
        folder,
        /-----BEGIN|\/home\/(?!debvisor\b)|\/Users\/|\/work\b|firecracker|process_api/.exec(said)?.[0],
      ]).toEqual([folder, undefined])
    }
  })
})
