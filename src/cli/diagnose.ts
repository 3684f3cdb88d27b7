import type { VerdictWord } from '../findings/finding.ts'
import { published } from '../findings/report.ts'
import { type Examined, examine } from '../runs/examination/examine.ts'
import type { Origin } from '../runs/recordings/origins.ts'
import { record, recordingOf, whyNotInto } from '../runs/recordings/recording.ts'
import type { Snapshot } from '../snapshots/snapshot.ts'
import { readBaseline } from '../snapshots/snapshot-file.ts'
import { chooseRunbook, NOTHING_ASKED } from './choose-runbook.ts'
import { examinerOf } from './examiner.ts'
import { printJson, printProbe, printReport } from './output/print.ts'
import { refuse, unreachable } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import type { Options } from './read-hosts.ts'
import { setUp } from './set-up.ts'

export interface DiagnoseOptions extends Options {
  /** `csv`: of several hosts. */
  readonly format: 'text' | 'json' | 'csv'
  /** Of several hosts, how many are asked at once. */
  readonly concurrency?: number
  readonly record?: string
  readonly origin?: Origin
  /** A snapshot of the host while it was well. */
  readonly baseline?: string
}

/** Diagnoses a host and prints the report, or many and one answer about all. It opens no store, so it works beside a running server. */
export async function diagnoseCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  words: readonly string[],
  options: DiagnoseOptions,
): Promise<number> {
  if (words.length === 0) return refuse(term, [NOTHING_ASKED])
  const unfit = options.record === undefined ? undefined : whyNotInto(options.record)
  if (unfit) return refuse(term, [unfit])
  const ready = setUp(env, options)
  if (!ready.ok) return refuse(term, ready.sentences)
  const chosen = chooseRunbook(ready, words)
  if (!chosen.ok) return refuse(term, [chosen.sentence])
  const { runbook, hosts, reason } = chosen
  if (reason) term.err(`${runbook.topic} ${reason}`)
  if (hosts.kind === 'many' || options.format === 'csv') {
    const many = hosts.kind === 'many' ? hosts : { pattern: hosts.host.name, hosts: [hosts.host] }
    const { diagnoseFleet } = await import('./fleet/diagnose-fleet.ts')
    return await diagnoseFleet(term, ready, { ...many, runbook }, options)
  }
  const { host } = hosts
  const baseline = readBaselineFor(term, options, host.name)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    let done = 0
    let asked = runbook.probes.size
    const examined = await examine(
      examinerOf(ready),
      {
        runbook,
        host,
        snapshot: baseline !== undefined,
        others: [...ready.runbooks.topics.values()],
        ...(baseline ? { baseline } : {}),
      },
      {
        widened: ({ probes }) => {
          asked = probes.size
        },
        recorded: (probe) => {
          done += 1
          term.status(`${runbook.topic} on ${host.name}: ${done}/${asked} probes`)
          if (!term.interactive && options.format === 'text') term.err(printProbe(probe))
        },
      },
      stop.signal,
    )
    term.status('')
    if (stop.signal.aborted) return refuse(term, ['Stopped before there was a verdict.'])
    return answer(term, examined, options, host.name)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

/** What it cannot be compared with is told at once, and the verdict comes without it. */
function readBaselineFor(
  term: Terminal,
  { baseline: path }: DiagnoseOptions,
  host: string,
): Snapshot | undefined {
  if (path === undefined) return undefined
  const read = readBaseline(path, host)
  if (read.ok) return read.snapshot
  term.err(`debvisor: ${read.sentence}`)
  return undefined
}

function answer(term: Terminal, examined: Examined, options: DiagnoseOptions, host: string): number {
  if (!examined.ok) return refuse(term, [unreachable(examined.failure, host)])
  const { report, notCompared } = examined.examination
  if (notCompared) term.err(`debvisor: ${options.baseline} is not compared with: ${notCompared}.`)
  if (options.record) {
    const kept = record(options.record, recordingOf(examined.examination, options.origin), report)
    if (!kept.ok) return refuse(term, [kept.sentence])
  }
  term.out(options.format === 'json' ? printJson(published(report), 2) : printReport(report).join('\n'))
  return statusOf(report.verdict)
}

const statusOf = (verdict: VerdictWord): number => exitCodes[verdict]
