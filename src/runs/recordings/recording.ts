import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { comparedWithSchema, reportSchema } from '../../engine/report-schema.ts'
import type { Visit } from '../../engine/runbook/run-window.ts'
import type { Compared } from '../../findings/difference.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import type { Report } from '../../findings/report.ts'
import type { Examination } from '../examination/examine.ts'
import { type Origin, origins } from './origins.ts'

/** What a recording has to conclude again. What was ruled out, and how long each probe took, may differ. */
export type Concluded = Pick<Report, 'verdict' | 'summary' | 'findings' | 'changed' | 'blind'>

/**
 * A recorded run: a folder with one file, `recording.yml`. First what was concluded and has to be concluded again, then
 * what the host answered: each probe with its status and, as block text, its output. All of it is redacted: these are
 * the characters that were judged.
 */
export interface Recording {
  readonly version: 2
  readonly origin: Origin
  readonly topic: string
  readonly host: { readonly name: string; readonly production: boolean }
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  readonly login: string
  /** Absent in recordings that are older than it. */
  readonly visit?: Visit
  readonly ms: number
  /** Other topics that were asked too. */
  readonly alsoAsked?: readonly string[]
  /** What differed from the last healthy run. */
  readonly compared?: Compared
  /** What people said of the verdict. Absent: nobody said anything. */
  readonly feedback?: readonly RecordedFeedback[]
  readonly records: readonly ProbeRecord[]
}

export interface RecordedFeedback {
  readonly rating: 'right' | 'wrong'
  /** What it was. Who said so is not recorded. */
  readonly said?: string
}

type Examined = Pick<Examination, 'report' | 'records' | 'host'> & Examinable

export const recordingOf = ({ report, records, ...about }: Examined, origin: Origin = 'real'): Recording => ({
  version: 2,
  origin,
  topic: report.topic,
  host: { name: about.host.name, production: about.host.production },
  parameters: about.parameters,
  login: about.login,
  visit: about.visit,
  ms: report.ms,
  ...(report.alsoAsked ? { alsoAsked: report.alsoAsked } : {}),
  ...(about.compared ? { compared: about.compared } : {}),
  records,
})

/** Of an examination, what a recording needs that neither its report nor its records say. It is stored with the run. */
export type Examinable = Pick<Examination, 'parameters' | 'login' | 'visit' | 'compared'>

export function examinableOf(
  { parameters, login, visit, compared }: Examinable,
  clean: (text: string) => string,
): Examinable {
  const values = Object.entries(parameters).map(
    ([name, value]) => [name, typeof value === 'string' ? clean(value) : value] as const,
  )
  return { parameters: Object.fromEntries(values), login, visit, ...(compared ? { compared } : {}) }
}

const fileOf = (folder: string): string => join(folder, 'recording.yml')

export type Written = { readonly ok: true } | { readonly ok: false; readonly sentence: string }

/** Why a recording cannot be kept in this folder, in a sentence; undefined where it can. */
export function whyNotInto(folder: string, option = '--record'): string | undefined {
  const there = statSync(folder, { throwIfNoEntry: false })
  if (!there) return undefined
  if (!there.isDirectory()) return `${folder} is no folder; name a new one for ${option}.`
  return readdirSync(folder).length > 0
    ? `${folder} is not empty; name a new folder for ${option}.`
    : undefined
}

export function record(folder: string, recording: Recording, report: Report): Written {
  const sentence = whyNotInto(folder)
  if (sentence !== undefined) return { ok: false, sentence }
  return writing(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    write(folder, recording, report)
  })
}

/** From now on this is what the recording has to conclude. */
export function rewriteReport(folder: string, report: Concluded): Written {
  const read = readRecording(folder)
  return read.ok ? writing(() => write(folder, read.recording, report)) : read
}

function write(folder: string, { records, ...about }: Recording, report: Concluded): void {
  const { verdict, summary, findings, changed, blind } = report
  const answers = Object.fromEntries(records.map((record) => [record.id, answerOf(record)]))
  const concluded = plain({ verdict, summary, findings, changed, blind })
  const text = stringify({ ...plain(about), concluded, answers }, { lineWidth: 0, blockQuote: 'literal' })
  writeFileSync(fileOf(folder), text)
}

/** The command is the runbook's, and not kept; empty output is left out. */
const answerOf = ({ id: _, command: __, stdout, stderr, ...rest }: ProbeRecord) => ({
  ...plain(rest),
  ...(stdout ? { stdout } : {}),
  ...(stderr ? { stderr } : {}),
})

/** Without keys that are undefined. */
const plain = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value)) as T

function writing(write: () => void): Written {
  try {
    write()
    return { ok: true }
  } catch (error) {
    return { ok: false, sentence: `The recording could not be written: ${(error as Error).message}.` }
  }
}

export type ReadRecording =
  | { readonly ok: true; readonly recording: Recording; readonly concluded: Concluded }
  | { readonly ok: false; readonly sentence: string }

/** Reads what record() wrote. */
export function readRecording(folder: string): ReadRecording {
  try {
    const { answers, concluded, ...about } = recordingFile.parse(parse(readFileSync(fileOf(folder), 'utf8')))
    const records = Object.entries(answers).map(([id, answer]) => ({ id, command: '', ...answer }))
    return { ok: true, recording: { ...about, records }, concluded }
  } catch (error) {
    const said = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    return { ok: false, sentence: `${folder} is no recording: ${said.replaceAll(/\s+/g, ' ')}` }
  }
}

/** The folders below, and this one itself, that hold a recording; sorted. */
export function recordingsBelow(folder: string): string[] {
  if (existsSync(fileOf(folder))) return [folder]
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => recordingsBelow(join(folder, name)))
}

const answer = z.strictObject({
  status: reportSchema.shape.probes.unwrap().element.shape.status,
  exitCode: z.number().int().nullable(),
  ms: z.number().min(0),
  reason: z.string().exactOptional(),
  leftover: z.number().int().exactOptional(),
  stdout: z.string().default(''),
  stderr: z.string().default(''),
})

const difference = z.strictObject({
  probe: z.string(),
  area: z.string(),
  object: z.string(),
  links: z.array(z.string()).readonly().exactOptional(),
  was: z.string(),
  now: z.string(),
  age: z.number().int().min(0).exactOptional(),
  since: z.number().int().min(0).exactOptional(),
  unlike: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('package'), name: z.string(), conffile: z.boolean() }),
      z.strictObject({ kind: z.literal('sibling'), name: z.string() }),
    ])
    .exactOptional(),
  followed: z.boolean(),
})

const answerChange = z.strictObject({
  path: z.string(),
  field: z.string(),
  said: z.string(),
  worse: z.boolean(),
  seen: z.number().int().min(0),
})

const recordingFile = z.strictObject({
  version: z.literal(2),
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
  alsoAsked: z.array(z.string()).readonly().exactOptional(),
  compared: z
    .strictObject({
      with: comparedWithSchema.exactOptional(),
      seconds: z.number().int().min(0),
      differences: z.array(difference).readonly(),
      answers: z.array(answerChange).readonly().exactOptional(),
      unseen: z.array(z.string()).readonly(),
    })
    .exactOptional(),
  feedback: z
    .array(z.strictObject({ rating: z.enum(['right', 'wrong']), said: z.string().exactOptional() }))
    .readonly()
    .exactOptional(),
  concluded: reportSchema.pick({ verdict: true, summary: true, findings: true, changed: true, blind: true }),
  answers: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/), answer),
})
