import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../config/load.ts'
import { loadRunbooks } from '../engine/load.ts'
import { type Origin, origins, recordingsBelow, rewriteReport } from '../runs/recording.ts'
import { coverage, type Replayed, replay } from '../runs/replay.ts'
import { printProblem } from '../yaml/problem.ts'
import { refuse } from './diagnose.ts'
import { columns } from './print.ts'
import { shippedRunbooks } from './set-up.ts'
import { exitCodes, type Terminal } from './terminal.ts'

export interface RunbookTestOptions {
  readonly config?: string
  /** Writes what is concluded now into the recordings that differ. */
  readonly accept?: boolean
}

/** They come with the package too: `runbook test` shows that an installed bot judges as the released one did. */
const shippedRecordings = fileURLToPath(new URL('../../test/recordings', import.meta.url))

/** Judges recorded runs again: exit status 0 when all conclude what they did, 1 when one differs, 3 when one cannot be read. */
export function runbookTestCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  folders: readonly string[],
  options: RunbookTestOptions,
): number {
  const asked = folders.length > 0 ? folders : [shippedRecordings]
  const missing = asked.filter((folder) => !existsSync(folder))
  if (missing.length > 0) {
    return refuse(
      term,
      missing.map((folder) => `There is no folder ${folder}; \`diagnose --record DIR\` makes one.`),
    )
  }
  const loaded = loadConfig({ file: options.config, env, secrets: [] })
  if (!loaded.ok) return refuse(term, loaded.problems.map(printProblem))
  const read = loadRunbooks([shippedRunbooks, ...loaded.config.runbooks])
  const shipped = loadRunbooks([shippedRunbooks])
  if (!read.ok) return refuse(term, read.problems.map(printProblem))
  if (!shipped.ok) return refuse(term, shipped.problems.map(printProblem))

  const replays = asked.flatMap(recordingsBelow).map((folder) => replay(read.runbooks, folder))
  if (replays.length === 0) return refuse(term, [`There is no recording below ${asked.join(', ')}.`])
  printTable(term, replays)
  const unreadable = replays.flatMap((one) => (one.ok ? [] : [one.sentence]))
  if (unreadable.length > 0) return refuse(term, unreadable)
  if (options.accept) return accept(term, replays)
  printCoverage(term, coverage(shipped.runbooks.topics.values(), replays))
  return replays.every(agrees) ? exitCodes.healthy : exitCodes.problem
}

const agrees = (one: Replayed): boolean => one.ok && one.differs === ''

function printTable(term: Terminal, replays: readonly Replayed[]): void {
  const rows = replays.map((one) =>
    one.ok
      ? [basename(one.folder), one.origin, one.report.verdict, first(one), one.differs || 'right']
      : [basename(one.folder), '?', '?', '', 'cannot be read'],
  )
  for (const line of columns([['recording', 'origin', 'verdict', 'first finding', ''], ...rows]))
    term.out(line)
  const counted = (origin: Origin): number =>
    replays.filter((one) => one.ok && one.origin === origin && agrees(one)).length
  const right = replays.filter(agrees).length
  term.out('')
  term.out(
    `${right} of ${replays.length} right (${origins.map((origin) => `${counted(origin)} ${origin}`).join(', ')}).`,
  )
}

function first({ report }: Extract<Replayed, { ok: true }>): string {
  const finding = report.findings.find(({ role }) => role !== 'notice')
  return finding ? `${finding.id} (${finding.subject})` : ''
}

function accept(term: Terminal, replays: readonly Replayed[]): number {
  for (const one of replays) {
    if (!one.ok || one.differs === '') continue
    const written = rewriteReport(one.folder, one.report)
    if (!written.ok) return refuse(term, [written.sentence])
    term.out(`Accepted: ${one.folder}: ${one.differs}`)
  }
  term.out('Look at what changed before you keep it: from now on it is what has to be concluded.')
  return exitCodes.healthy
}

function printCoverage(term: Terminal, { seen, composed, uncovered }: ReturnType<typeof coverage>): void {
  const all = seen.length + composed.length + uncovered.length
  term.out(
    `Of ${all} findings ${seen.length} are recorded on hosts, ${composed.length} are only composed, ${uncovered.length} are in no recording.`,
  )
  if (composed.length > 0) term.out(`Only composed: ${composed.join(', ')}`)
  if (uncovered.length > 0) term.out(`In no recording: ${uncovered.join(', ')}`)
}
