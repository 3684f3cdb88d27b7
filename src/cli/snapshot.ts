import type { Runbook } from '../engine/runbook/runbook.ts'
import { examine } from '../runs/examination/examine.ts'
import { writeSnapshotFile } from '../snapshots/snapshot-file.ts'
import { examinerOf } from './examiner.ts'
import { quoteWord } from './output/quote-word.ts'
import { refuse, unreachable } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import { didYouMean, type Options } from './read-hosts.ts'
import { type SetUp, setUp } from './set-up.ts'

export interface SnapshotOptions extends Options {
  readonly out: string
  readonly topic?: string
}

/**
 * Keeps what a host is made of in a file, for `diagnose --baseline`. It diagnoses the host in the same visit, for a
 * snapshot of a sick one would hide what made it sick. Exit status: as of `diagnose`.
 */
export async function snapshotCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  name: string,
  options: SnapshotOptions,
): Promise<number> {
  const ready = setUp(env, options)
  if (!ready.ok) return refuse(term, ready.sentences)
  const host = ready.inventory.hosts.get(name)
  const known = [...ready.inventory.hosts.keys()]
  if (!host)
    return refuse(term, [`There is no host ${quoteWord(name)} in the inventory.${didYouMean(name, known)}`])
  const runbook = runbookFor(ready, options.topic)
  if (typeof runbook === 'string') return refuse(term, [runbook])
  const examined = await examine(examinerOf(ready), { runbook, host, snapshot: true })
  if (!examined.ok) return refuse(term, [unreachable(examined.failure, name)])
  const { report, snapshot } = examined.examination
  if (!snapshot || Object.keys(snapshot.answers).length === 0)
    return refuse(term, [
      `${name} answered no probe of a snapshot; debvisor doctor says what is missing there.`,
    ])
  const { verdict, summary } = report
  const failed = writeSnapshotFile(options.out, { host: name, verdict, summary, snapshot })
  if (failed) return refuse(term, [failed])
  const facts = Object.values(snapshot.answers).reduce((sum, lines) => sum + lines.length, 0)
  term.out(`${options.out}: ${facts} facts of ${name}. ${runbook.topic}: ${verdict}, ${summary}.`)
  if (verdict !== 'healthy')
    term.err(
      `debvisor: ${name} is not well, so that nothing will be compared with this snapshot; take another one later.`,
    )
  return exitCodes[verdict]
}

/** The first topic that takes snapshots where none is named; a string: why there is none. */
function runbookFor({ runbooks }: SetUp, topic: string | undefined): Runbook | string {
  const named = topic === undefined ? undefined : runbooks.find(topic.toLowerCase())
  if (topic !== undefined && !named)
    return `There is no topic ${quoteWord(topic)}.${didYouMean(topic, [...runbooks.names()])}`
  const all = [...runbooks.topics.values()].sort((a, b) => a.order - b.order)
  const runbook = named ?? all.find(({ snapshotProbes }) => snapshotProbes.size > 0)
  if (!runbook || runbook.snapshotProbes.size === 0)
    return 'No probe of this topic takes a snapshot (docs/writing-runbooks.md, Snapshots).'
  return runbook
}
