import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProbeRecord } from '../engine/probe-record.ts'
import type { Report } from '../findings/report.ts'
import type { Examination } from './examine.ts'

/**
 * A recorded run: a folder with `run.json` (topic, host, parameters, login, each probe without its output), a file `PROBE.out` and `PROBE.err` for
 * each output that is not empty, and `report.json`, what was concluded. All of it is redacted: these are the bytes that were judged.
 */
export interface Recording {
  readonly version: 1
  readonly topic: string
  readonly host: { readonly name: string; readonly production: boolean }
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  readonly login: string
  readonly ms: number
  readonly records: readonly ProbeRecord[]
}

export const recordingOf = ({ report, records, ...about }: Examination): Recording => ({
  version: 1,
  topic: report.topic,
  host: about.host,
  parameters: about.parameters,
  login: about.login,
  ms: report.ms,
  records,
})

export function record(
  folder: string,
  recording: Recording,
  report: Report,
): { readonly ok: true } | { readonly ok: false; readonly sentence: string } {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    return { ok: false, sentence: `${folder} is not empty; name a new folder for --record.` }
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const { id, stdout, stderr } of recording.records) {
      if (stdout) writeFileSync(join(folder, `${id}.out`), stdout)
      if (stderr) writeFileSync(join(folder, `${id}.err`), stderr)
    }
    const records = recording.records.map(({ stdout: _out, stderr: _err, ...rest }) => rest)
    writeJson(join(folder, 'run.json'), { ...recording, records })
    writeJson(join(folder, 'report.json'), report)
    return { ok: true }
  } catch (error) {
    return { ok: false, sentence: `The recording could not be written: ${(error as Error).message}.` }
  }
}

/** Reads what record() wrote. Throws on a folder that is none: recordings are test data, and a broken one is a bug. */
export function readRecording(folder: string): { recording: Recording; report: Report } {
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Recording
  const text = (file: string): string =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : ''
  return {
    recording: {
      ...run,
      records: run.records.map((r) => ({ ...r, stdout: text(`${r.id}.out`), stderr: text(`${r.id}.err`) })),
    },
    report: JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report,
  }
}

const writeJson = (file: string, value: unknown): void =>
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
