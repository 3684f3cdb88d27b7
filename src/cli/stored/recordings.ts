import { outputsGoneAt } from '../../runs/probe-store.ts'
import { record, whyNotInto } from '../../runs/recordings/recording.ts'
import { storedRecording } from '../../runs/recordings/stored-recording.ts'
import type { Run } from '../../runs/run.ts'
import { runsOfCode } from '../../runs/run-store.ts'
import type { Queryable } from '../../store/db.ts'
import { schemaAge } from '../../store/migrate.ts'
import { quoteWord } from '../output/quote-word.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import type { Options } from '../read-hosts.ts'
import { withStore } from './with-store.ts'

export interface ExportRecordingOptions extends Options {
  readonly out: string
}

/** Makes a test case of a stored run: what its host answered, what was concluded, and what people said of that. */
export async function exportRecordingCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  typed: string,
  options: ExportRecordingOptions,
): Promise<number> {
  const why = whyNotInto(options.out, '--out')
  if (why !== undefined) return refuse(term, [why])
  return withStore(term, env, options, async (db) => {
    if ((await schemaAge(db)) === 'older')
      return refuse(term, [
        'The store is older than this version: start `debvisor serve` once, which brings it up to date.',
      ])
    const [run, another] = await runsOfCode(db, typed)
    if (!run)
      return refuse(term, [`There is no run ${quoteWord(typed)} in the store; a code is such as 7F3K.`])
    if (another) return refuse(term, [`Several workspaces have a run ${run.code}: name the store of one.`])
    const recording = await storedRecording(db, run)
    if (!recording || !run.report) return refuse(term, [await noRecording(db, run)])
    const written = record(options.out, recording, run.report)
    if (!written.ok) return refuse(term, [written.sentence])
    const { length: ratings } = recording.feedback ?? []
    term.out(
      `Run ${run.code} (${run.topic} on ${run.host}, ${run.report.verdict}) is recorded in ${options.out}.`,
    )
    if (ratings > 0)
      term.out(`It has ${ratings === 1 ? 'the rating of 1 person' : `the ratings of ${ratings} people`}.`)
    term.out(`Judge it again: debvisor runbook test ${options.out}`)
    return exitCodes.healthy
  })
}

async function noRecording(db: Queryable, { id, code, report }: Run): Promise<string> {
  if (!report) return `Run ${code} has no verdict, so there is nothing to record.`
  const why = (await outputsGoneAt(db, id))
    ? `What its host answered in run ${code} is no longer kept (\`retention.outputs\`).`
    : `Run ${code} is older than what is kept for a recording.`
  return `${why} One that runs today can be recorded.`
}
