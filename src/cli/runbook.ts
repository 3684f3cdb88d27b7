import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { loadRunbooks, type Runbooks } from '../engine/load-runbooks.ts'
import { sanitise } from '../redact/sanitise.ts'
import { type Origin, origins } from '../runs/recordings/origins.ts'
import { recordingsBelow, rewriteReport } from '../runs/recordings/recording.ts'
import { coverage, type Replayed, replay } from '../runs/recordings/replay.ts'
import { clip } from '../text/shorten.ts'
import { printProblem } from '../yaml/problem.ts'
import { columns } from './output/print.ts'
import { refuse } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import { shippedRunbooks } from './set-up.ts'

export interface RunbookTestOptions {
  readonly config?: string
  /** Writes what is concluded now into the recordings that differ. */
  readonly accept?: boolean
  /** Judges the recordings that come with the bot, and names the shipped findings that none covers. */
  readonly shipped?: boolean
}

/**
 * They come with the package too: `runbook test --shipped` shows that an installed bot judges as the released one did.
 */
const shippedRecordings = fileURLToPath(new URL('../../test/recordings', import.meta.url))

/** The folder in which a user's own recordings are looked for: beside debvisor.yml, or in the current folder. */
const OWN = 'recordings'

/**
 * Judges recorded runs again: exit status 0 when all conclude what they did, 1 when one differs, 3 when one cannot be
 * read.
 */
export function runbookTestCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  folders: readonly string[],
  options: RunbookTestOptions,
): number {
  const missing = folders.filter((folder) => !existsSync(folder))
  if (missing.length > 0) return refuse(term, missing.map(noFolder))
  const loaded = loadConfig({ file: options.config, env, secrets: [] })
  if (!loaded.ok) return refuse(term, loaded.problems.map(printProblem))
  const { config } = loaded
  const where = recordingsOf(folders, config, options)
  if (typeof where === 'string') return refuse(term, [where])
  const read = loadRunbooks([shippedRunbooks, ...config.runbooks])
  const shipped = config.runbooks.length > 0 ? loadRunbooks([shippedRunbooks]) : read
  if (!read.ok) return refuse(term, read.problems.map(printProblem))
  if (!shipped.ok) return refuse(term, shipped.problems.map(printProblem))

  const replays = where.flatMap(recordingsBelow).map((folder) => replay(read.runbooks, folder))
  if (replays.length === 0) return refuse(term, [`There is no recording below ${where.join(', ')}.`])
  printTable(term, replays)
  const unreadable = replays.flatMap((one) => (one.ok ? [] : [one.sentence]))
  if (unreadable.length > 0) return refuse(term, unreadable)
  printFeedback(term, replays)
  if (options.accept) return accept(term, replays)
  const theirs = new Set(findingsOf(shipped.runbooks))
  const ofShipped = options.shipped === true || where.includes(shippedRecordings)
  const ids = ofShipped ? [...theirs] : findingsOf(read.runbooks).filter((id) => !theirs.has(id))
  printCoverage(term, coverage(ids, replays), ofShipped && !options.shipped)
  return replays.every(agrees) ? exitCodes.healthy : exitCodes.problem
}

const noFolder = (folder: string): string =>
  `There is no folder ${folder}; \`diagnose --record DIR\` makes one.`

/**
 * The folders of recordings to judge: those that are named, else the user's own, else, for users without runbooks of
 * their own, those that come with the bot. A sentence where there is nothing to judge.
 */
function recordingsOf(
  folders: readonly string[],
  { file, runbooks }: Config,
  { shipped = false, accept = false }: RunbookTestOptions,
): readonly string[] | string {
  if (folders.length > 0) return shipped ? '--shipped takes no folders; leave one of both out.' : folders
  const own = join(file === undefined ? process.cwd() : dirname(file), OWN)
  const isOwn = !shipped && (existsSync(own) || runbooks.length > 0)
  if (isOwn) return existsSync(own) ? [own] : noOwn(own)
  return accept
    ? 'The recordings that come with the bot stay as they are; name the folders whose recordings --accept may rewrite.'
    : [shippedRecordings]
}

const noOwn = (folder: string): string =>
  `There is no folder ${folder}: \`diagnose <topic> <host> --record ${OWN}/NAME\` makes a recording there; --shipped judges those of the bot.`

const findingsOf = ({ topics }: Runbooks): string[] => [
  ...new Set([...topics.values()].flatMap(({ findings }) => findings.map(({ id }) => id))),
]

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

/** A recording of a verdict that people call wrong agrees, until somebody writes into it what should be concluded. */
function printFeedback(term: Terminal, replays: readonly Replayed[]): void {
  for (const one of replays) {
    if (!one.ok) continue
    const wrong = one.feedback.filter(({ rating }) => rating === 'wrong')
    const said = wrong.flatMap((each) => (each.said === undefined ? [] : [quote(each.said)]))
    if (wrong.length > 0)
      term.out(
        `${basename(one.folder)}: people said that it was wrong${said.length > 0 ? `, it was ${said.join('; ')}` : ''}.`,
      )
  }
}

const quote = (said: string): string => `"${clip(sanitise(said), 300)}"`

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

/** `short`: says only how many findings are in no recording, and not which. */
function printCoverage(term: Terminal, covered: ReturnType<typeof coverage>, short: boolean): void {
  const { seen, composed, uncovered } = covered
  const all = seen.length + composed.length + uncovered.length
  if (all === 0) return
  term.out(
    `Of ${all} findings ${seen.length} are recorded on hosts, ${composed.length} are only composed, ${uncovered.length} are in no recording.`,
  )
  if (short) return
  if (composed.length > 0) term.out(`Only composed: ${composed.join(', ')}`)
  if (uncovered.length > 0) term.out(`In no recording: ${uncovered.join(', ')}`)
}
