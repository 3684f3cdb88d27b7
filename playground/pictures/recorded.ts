import { fileURLToPath } from 'node:url'
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import { loadRunbooks, type Runbook } from '../../src/engine/load-runbooks.ts'
import type { ProbeRecord } from '../../src/findings/probe-record.ts'
import type { Report } from '../../src/findings/report.ts'
import { readRecording } from '../../src/runs/recordings/recording.ts'
import { rejudge } from '../../src/runs/recordings/replay.ts'

const loaded = loadRunbooks([shippedRunbooks])

/** What a host of the lab answered once, judged by the runbooks of today. */
export interface Recorded {
  readonly report: Report
  readonly records: readonly ProbeRecord[]
  readonly runbook: Runbook
}

/** Probes that are newer than the recording count as not needed. `refused`: those that the login was not allowed to make, with the reason. */
export function recorded(name: string, refused: Readonly<Record<string, string>> = {}): Recorded {
  const folder = fileURLToPath(new URL(`../../test/recordings/lab/${name}`, import.meta.url))
  const read = readRecording(folder)
  if (!read.ok) throw new Error(read.sentence)
  const runbook = loaded.ok ? loaded.runbooks.topics.get(read.recording.topic) : undefined
  if (!runbook) throw new Error(`${name}: there is no topic '${read.recording.topic}'`)
  const known = new Set(read.recording.records.map(({ id }) => id))
  const newer = [...runbook.probes.keys()].filter((id) => !known.has(id))
  const notNeeded = { status: 'skipped', exitCode: null, ms: 0, command: '', stdout: '', stderr: '' } as const
  const all = [...read.recording.records, ...newer.map((id): ProbeRecord => ({ id, ...notNeeded }))]
  const records = all.map((record) => {
    const reason = refused[record.id]
    return reason === undefined
      ? record
      : ({ ...record, status: 'refused', exitCode: 1, stdout: '', reason } as const)
  })
  const host = { name: 'host1', production: true }
  // A host of the lab is minutes old: all of it was changed in the last day.
  const { changed: _, ...report } = rejudge(runbook, { ...read.recording, host, records })
  return { report, records, runbook }
}
