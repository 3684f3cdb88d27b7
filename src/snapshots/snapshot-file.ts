import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { VerdictWord } from '../findings/finding.ts'
import type { Snapshot } from './snapshot.ts'

const VERSION = 1

export const snapshotSchema = z.strictObject({
  at: z.number().int().min(0),
  hostKey: z.string().exactOptional(),
  asked: z.record(z.string(), z.string()).exactOptional(),
  answers: z.record(z.string(), z.array(z.string()).readonly()),
  earlier: z
    .array(
      z.strictObject({
        at: z.number().int().min(0),
        probe: z.string(),
        area: z.string().exactOptional(),
      }),
    )
    .readonly()
    .exactOptional(),
}) satisfies z.ZodType<Snapshot>

/** What `debvisor snapshot HOST --out FILE` writes. */
export interface SnapshotFile {
  readonly version: typeof VERSION
  readonly host: string
  /** What the same look at the host concluded: only that of a healthy one is compared with. */
  readonly verdict: VerdictWord
  readonly summary: string
  readonly snapshot: Snapshot
}

const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  host: z.string(),
  verdict: z.enum(['healthy', 'problem', 'inconclusive']),
  summary: z.string(),
  snapshot: snapshotSchema,
}) satisfies z.ZodType<SnapshotFile>

/** Undefined, or why it could not be written, in a sentence. Whoever reads the file sees the old one or the new one. */
export function writeSnapshotFile(path: string, file: Omit<SnapshotFile, 'version'>): string | undefined {
  const next = `${path}.new`
  try {
    writeFileSync(next, `${JSON.stringify({ version: VERSION, ...file }, null, 1)}\n`, { mode: 0o600 })
    chmodSync(next, 0o600)
    renameSync(next, path)
    return undefined
  } catch (error) {
    rmSync(next, { force: true })
    return `${path} could not be written: ${(error as Error).message}.`
  }
}

export type Baseline =
  | { readonly ok: true; readonly snapshot: Snapshot }
  /** Why nothing is compared with it, in a sentence that names the file. */
  | { readonly ok: false; readonly sentence: string }

/** The snapshot of a healthy host, to compare with. `host`: the one that is diagnosed. */
export function readBaseline(path: string, host: string): Baseline {
  const no = (why: string): Baseline => ({ ok: false, sentence: `${path} is not compared with: ${why}.` })
  const content = contentOf(path)
  if (typeof content === 'string') return no(content)
  const { version } = content as { version?: unknown }
  if (typeof version === 'number' && version > VERSION)
    return no(
      `a newer debvisor wrote it (version ${version}, this one reads ${VERSION}); take a new snapshot`,
    )
  const read = fileSchema.safeParse(content)
  if (!read.success) return no(NO_SNAPSHOT)
  if (read.data.host !== host)
    return no(`it is of ${read.data.host}, and not of ${host}; name a snapshot that was taken of ${host}`)
  const { verdict, summary } = read.data
  if (verdict !== 'healthy')
    return no(
      `${host} was not well when it was taken (${verdict}: ${summary}); take a new snapshot once it is healthy`,
    )
  return { ok: true, snapshot: read.data.snapshot }
}

const HOW_TO_WRITE = 'with debvisor snapshot HOST --out FILE while the host is well'
const NO_SNAPSHOT = `it is no snapshot; write one ${HOW_TO_WRITE}`

/** What stands in it; a string: why it cannot be read, as a clause. */
function contentOf(path: string): object | string {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof content === 'object' && content !== null ? content : NO_SNAPSHOT
  } catch (error) {
    if (error instanceof SyntaxError)
      return 'it is broken (no JSON); take a new snapshot while the host is well'
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? `it is not there; write it ${HOW_TO_WRITE}` : `it cannot be read (${message})`
  }
}
