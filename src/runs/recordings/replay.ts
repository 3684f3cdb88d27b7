import { isDeepStrictEqual } from 'node:util'
import type { Runbook, Runbooks } from '../../engine/load-runbooks.ts'
import type { KnownAnswers } from '../../engine/plan/known-answers.ts'
import { type Parameters, resolveParameters } from '../../engine/runbook/parameters.ts'
import { widen } from '../../engine/runbook/widen.ts'
import { judgeWider } from '../../engine/verdict/judge-wider.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Report } from '../../findings/report.ts'
import type { Origin } from './origins.ts'
import { type Concluded, type RecordedFeedback, type Recording, readRecording } from './recording.ts'

export type Replayed =
  | {
      readonly ok: true
      readonly folder: string
      readonly origin: Origin
      /** What the runbooks conclude from the recording now. */
      readonly report: Report
      /** How that differs from what was recorded, in one clause; empty: it agrees. */
      readonly differs: string
      readonly feedback: readonly RecordedFeedback[]
    }
  | { readonly ok: false; readonly folder: string; readonly sentence: string }

/**
 * Judges what a host answered once by the runbooks of today. Verdict and findings must come out exactly as they were.
 */
export function replay(runbooks: Runbooks, folder: string): Replayed {
  const read = readRecording(folder)
  if (!read.ok) return { ok: false, folder, sentence: read.sentence }
  const { recording } = read
  const runbook = runbooks.topics.get(recording.topic)
  if (!runbook) return { ok: false, folder, sentence: `${folder}: there is no topic '${recording.topic}'.` }
  const others = (recording.alsoAsked ?? []).flatMap((topic) => runbooks.topics.get(topic) ?? [])
  const report = rejudge(runbook, recording, { others })
  const differs = difference(read.concluded, report)
  const unasked = [...runbook.probes.keys()].filter((id) => !recording.records.some((r) => r.id === id))
  const stale = unasked.length > 0 ? ` (it has no record of ${unasked.join(', ')})` : ''
  const { origin, feedback = [] } = recording
  return { ok: true, folder, origin, report, differs: differs && `${differs}${stale}`, feedback }
}

export interface Rejudging {
  /** The topics that were asked too, as they are today. */
  readonly others?: readonly Runbook[]
  /** Of the same recording, with other records. */
  readonly known?: KnownAnswers
}

export function rejudge(
  runbook: Runbook,
  recording: Recording,
  { others = [], known }: Rejudging = {},
): Report {
  const { host, login, ms, visit, compared } = recording
  const widened = widen(runbook, others)
  const records = new Map(recording.records.map((r) => [r.id, r]))
  return judgeWider(
    {
      runbook,
      parameters: parametersFor(runbook, recording),
      host,
      login,
      ms,
      records,
      ...(visit ? { visit } : {}),
      ...(compared ? { compared } : {}),
      ...(known ? { known } : {}),
    },
    widened && { ...widened, parameters: parametersFor(widened.runbook, recording) },
  )
}

/** A parameter that is newer than the recording has its default: nobody had set it. */
function parametersFor(runbook: Runbook, { parameters }: Recording): Parameters {
  const defaults = resolveParameters(runbook, {})
  return { ...(defaults.ok ? defaults.values : {}), ...parameters }
}

function difference(recorded: Concluded, now: Report): string {
  if (now.verdict !== recorded.verdict) return `${now.verdict}, recorded as ${recorded.verdict}`
  const was = recorded.findings.map(nameOf)
  const is = now.findings.map(nameOf)
  const lost = was.filter((name) => !is.includes(name))
  const fresh = is.filter((name) => !was.includes(name))
  if (lost.length > 0 || fresh.length > 0) {
    return [...lost.map((name) => `no longer ${name}`), ...fresh.map((name) => `now ${name}`)].join(', ')
  }
  if (!isDeepStrictEqual(is, was)) return `another order: ${is.join(', ')}`
  const changed = now.findings.find((finding, i) => !isDeepStrictEqual(plain(finding), recorded.findings[i]))
  if (changed) return `${nameOf(changed)} says something else`
  if (now.summary !== recorded.summary) return 'another summary'
  if (!isDeepStrictEqual(now.changed, recorded.changed)) return 'it says other changes'
  return now.blind === recorded.blind ? '' : 'it says something else of what it could not see'
}

const nameOf = ({ id, subject, role }: Finding): string => `${role} ${id} (${subject})`

/** As JSON has it: without keys that are undefined. */
const plain = (finding: Finding): unknown => JSON.parse(JSON.stringify(finding))

export interface Coverage {
  /** Ids of findings that a recording of a host shows. */
  readonly seen: readonly string[]
  /** Those that only a composed recording shows. */
  readonly composed: readonly string[]
  /** Those that none shows. */
  readonly uncovered: readonly string[]
}

/** What the recordings that agree prove of these findings, by id. */
export function coverage(findings: readonly string[], replays: readonly Replayed[]): Coverage {
  const shown = (hand: boolean): Set<string> =>
    new Set(
      replays.flatMap((one) =>
        one.ok && one.differs === '' && (one.origin === 'composed') === hand
          ? one.report.findings.map(({ id }) => id)
          : [],
      ),
    )
  const [onHosts, byHand] = [shown(false), shown(true)]
  const all = [...findings].sort()
  return {
    seen: all.filter((id) => onHosts.has(id)),
    composed: all.filter((id) => !onHosts.has(id) && byHand.has(id)),
    uncovered: all.filter((id) => !onHosts.has(id) && !byHand.has(id)),
  }
}
