import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ProbeRecord } from '../engine/probe-record.ts'
import { reportSchema } from '../engine/report-schema.ts'
import type { Visit } from '../engine/visit.ts'
import type { Report } from '../findings/report.ts'
import type { Examination } from './examine.ts'

/** `composed`: written by hand, where no lab can make the fault; it proves the rules, not what a host answers. */
export const origins = ['lab', 'real', 'composed'] as const
export type Origin = (typeof origins)[number]

/**
 * A recorded run: a folder with `run.json` (topic, host, parameters, login, each probe without its output), a file `PROBE.out` and `PROBE.err` for
 * each output that is not empty, and `report.json`, what was concluded and has to be concluded again. All of it is redacted: these are the bytes
 * that were judged.
 */
export interface Recording {
  readonly version: 1
  readonly origin: Origin
  readonly topic: string
  readonly host: { readonly name: string; readonly production: boolean }
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  readonly login: string
  /** Absent in recordings that are older than it. */
  readonly visit?: Visit
  readonly ms: number
  readonly records: readonly ProbeRecord[]
}

export const recordingOf = (
  { report, records, ...about }: Examination,
  origin: Origin = 'real',
): Recording => ({
  version: 1,
  origin,
  topic: report.topic,
  host: about.host,
  parameters: about.parameters,
  login: about.login,
  visit: about.visit,
  ms: report.ms,
  records,
})

export type Written = { readonly ok: true } | { readonly ok: false; readonly sentence: string }

export function record(folder: string, recording: Recording, report: Report): Written {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    return { ok: false, sentence: `${folder} is not empty; name a new folder for --record.` }
  }
  return writing(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const { id, stdout, stderr } of recording.records) {
      if (stdout) writeFileSync(join(folder, `${id}.out`), stdout)
      if (stderr) writeFileSync(join(folder, `${id}.err`), stderr)
    }
    const records = recording.records.map(({ stdout: _out, stderr: _err, ...rest }) => rest)
    writeJson(join(folder, 'run.json'), { ...recording, records })
    writeJson(join(folder, 'report.json'), report)
  })
}

/** From now on this is what the recording has to conclude. */
export const rewriteReport = (folder: string, report: Report): Written =>
  writing(() => writeJson(join(folder, 'report.json'), report))

function writing(write: () => void): Written {
  try {
    write()
    return { ok: true }
  } catch (error) {
    return { ok: false, sentence: `The recording could not be written: ${(error as Error).message}.` }
  }
}

export type ReadRecording =
  | { readonly ok: true; readonly recording: Recording; readonly report: Report }
  | { readonly ok: false; readonly sentence: string }

/** Reads what record() wrote. */
export function readRecording(folder: string): ReadRecording {
  try {
    const run = runFile.parse(readJson(join(folder, 'run.json')))
    const text = (file: string): string =>
      existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : ''
    const records = run.records.map((r) => ({
      ...r,
      stdout: text(`${r.id}.out`),
      stderr: text(`${r.id}.err`),
    }))
    const report: Report = reportSchema.parse(readJson(join(folder, 'report.json')))
    return { ok: true, recording: { ...run, records }, report }
  } catch (error) {
    const said = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    return { ok: false, sentence: `${folder} is no recording: ${said.replaceAll(/\s+/g, ' ')}` }
  }
}

/** The folders below, and this one itself, that hold a recording; sorted. */
export function recordingsBelow(folder: string): string[] {
  if (existsSync(join(folder, 'run.json'))) return [folder]
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => recordingsBelow(join(folder, name)))
}

/** An id names files, so it may be nothing but an id. */
const recordFile = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/),
  status: reportSchema.shape.probes.unwrap().element.shape.status,
  exitCode: z.number().int().nullable(),
  ms: z.number().min(0),
  command: z.string(),
  reason: z.string().exactOptional(),
  leftover: z.number().int().exactOptional(),
})

const runFile = z.strictObject({
  version: z.literal(1),
  origin: z.enum(origins),
  topic: z.string(),
  host: z.strictObject({ name: z.string(), production: z.boolean() }),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  login: z.string(),
  visit: z
    .strictObject({
      at: z.number().int().min(0),
      since: reportSchema.shape.changed.unwrap().shape.since,
    })
    .exactOptional(),
  ms: z.number().min(0),
  records: z.array(recordFile),
})

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

const writeJson = (file: string, value: unknown): void =>
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
