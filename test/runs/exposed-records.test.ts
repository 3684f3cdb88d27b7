import { expect, it } from 'vitest'
import { buildRunbooks } from '../../src/engine/load-runbooks.ts'
import type { ProbeRecord } from '../../src/findings/probe-record.ts'
import { shownRecords } from '../../src/runs/exposed-records.ts'

const loaded = buildRunbooks([
  {
    file: 'hidden.yml',
    text: `version: 1
topic: hidden
title: Hidden
symptoms: [None]
probes:
  open: { title: Open, run: echo a }
  closed: { title: Closed, run: echo b, expose: false }
`,
  },
])
const record = (id: string): ProbeRecord => ({
  id,
  status: 'answered',
  exitCode: 0,
  ms: 1,
  command: `echo ${id}`,
  stdout: 'text',
  stderr: 'warning',
})

it('the output of a probe that is not to be exposed reaches no message, file or ticket', () => {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const shown = shownRecords(loaded.runbooks.topics.get('hidden'), [record('open'), record('closed')])
  expect(shown.map((r) => [r.id, r.stdout + r.stderr])).toEqual([
    ['open', 'textwarning'],
    ['closed', ''],
  ])
})

it('nor does that of a probe that the runbook does not know: nobody can say whether it may be shown', () => {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const stranger = [record('of_another_topic')]
  expect(shownRecords(loaded.runbooks.topics.get('hidden'), stranger)[0]?.stdout).toBe('')
  expect(shownRecords(undefined, stranger)[0]?.stdout).toBe('')
})
