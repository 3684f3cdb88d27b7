import type { Runbooks } from '../../../src/engine/load-runbooks.ts'
import type { VerdictWord } from '../../../src/findings/finding.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import type { Redactor } from '../../../src/redact/redact.ts'
import { examine } from '../../../src/runs/examination/examine.ts'
import { readRecording } from '../../../src/runs/recordings/recording.ts'
import type { Command, Outcome, RunOptions } from '../../../src/ssh/outcome.ts'
import { type Answer, type AskedCommand, exited } from './wave-on-host.ts'

/** A host that answers as a recorded one did. */
export interface RecordedAnswers {
  readonly topic: string
  /** Of the inventory, so that the bot asks what was asked then. */
  readonly variables: Readonly<Record<string, unknown>>
  /** What an undisturbed look concludes from these answers. */
  readonly verdict: VerdictWord
  /** Ports that took a connection from outside. */
  readonly openPorts: readonly number[]
  /** Undefined: the recording does not know the command. */
  answerTo(command: Pick<AskedCommand, 'kind' | 'argv'>): Answer | undefined
}

/** Longer waits prove nothing more, and cost the suite its runs. */
const LONGEST_MS = 250

/**
 * The recording keeps answers by probe and no commands. So the bot's own examination asks once, in this process, and
 * what it asked for each probe is noted. Undefined: the recording does not conclude the same this way (it needs a port
 * that swallows connections, or what differed from a snapshot).
 */
export async function recordedAnswers(
  folder: string,
  { runbooks, redactor }: { readonly runbooks: Runbooks; readonly redactor: Redactor },
): Promise<RecordedAnswers | undefined> {
  const read = readRecording(folder)
  const runbook = read.ok ? runbooks.topics.get(read.recording.topic) : undefined
  if (!read.ok || !runbook) return undefined
  const { recording, concluded } = read
  const variables = recording.parameters
  const byId = new Map(recording.records.map((record) => [record.id, record]))
  const answers = new Map<string, Answer>()
  const openPorts = new Set<number>()
  // One connect at most is recorded of each port, and each says of which.
  const isOpen = (port: number): boolean =>
    recording.records.some(
      ({ stdout }) =>
        stdout.startsWith('connect=ok\n') && new RegExp(`^to=.* port ${port}$`, 'm').test(stdout),
    )

  const run = async (commands: readonly Command[], options: RunOptions = {}) => {
    const outcomes = new Map<string, Outcome>()
    for (const command of commands) {
      const argv = command.kind === 'shell' ? [command.script] : command.argv
      const answer = asOfNow(answerOf(byId.get(command.id)))
      answers.set(keyOf({ kind: command.kind, argv }), answer)
      const outcome = outcomeOf(answer)
      outcomes.set(command.id, outcome)
      options.onOutcome?.(command.id, outcome)
    }
    return outcomes
  }
  const session = {
    fingerprint: 'SHA256:recorded',
    user: recording.login,
    run,
    checkPort: async (port: number) => {
      if (isOpen(port)) openPorts.add(port)
      const answer = isOpen(port) ? ('ok' as const) : ('refused' as const)
      return { answer, from: 'the bot', to: `127.0.0.1 port ${port}`, ms: 1 }
    },
    close: async () => {},
  }
  const examined = await examine(
    {
      hosts: { connect: async () => ({ ok: true, session }) },
      redactor,
      clock: { now: Date.now, elapsed: () => performance.now() },
    },
    {
      runbook,
      host: { name: 'recorded', groups: [], production: false, route: { kind: 'local' }, variables },
      snapshot: true,
      others: [...runbooks.topics.values()].filter((other) => other.topic !== runbook.topic),
    },
  )
  if (!examined.ok || examined.examination.report.verdict !== concluded.verdict) return undefined
  return {
    topic: recording.topic,
    variables,
    verdict: concluded.verdict,
    openPorts: [...openPorts],
    answerTo: (command) => {
      const answer = answers.get(keyOf(command))
      return answer && asOfNow(answer)
    },
  }
}

/** The host's clock goes right: it says when it is asked, not when it was recorded. */
const asOfNow = (answer: Answer): Answer => ({
  ...answer,
  stdout: answer.stdout.replace(/^(at=\d\d:\d\d now=)\d+ /m, `$1${Math.floor(Date.now() / 1_000)} `),
})

/** Times and counts differ from look to look. */
const keyOf = ({ kind, argv }: Pick<AskedCommand, 'kind' | 'argv'>): string =>
  `${kind} ${JSON.stringify(argv).replaceAll(/\d+/g, '#')}`

function answerOf(record: ProbeRecord | undefined): Answer {
  if (!record) return exited(1)
  const said = { ms: Math.min(record.ms, LONGEST_MS), stdout: record.stdout, stderr: record.stderr }
  switch (record.status) {
    case 'timed-out':
      return { ...said, how: 'timed-out', code: 0 }
    case 'cut':
      return { ...said, how: 'cut', code: 0 }
    default:
      return { ...said, how: 'exited', code: record.exitCode ?? 1 }
  }
}

function outcomeOf({ how, code, ms, ...said }: Answer): Outcome {
  const streams = { ms, stdout: Buffer.from(said.stdout), stderr: Buffer.from(said.stderr) }
  if (how === 'timed-out') return { ...streams, status: 'timed-out', leftover: 0 }
  if (how === 'cut') return { ...streams, status: 'cut' }
  return { ...streams, status: 'exited', code }
}
