// `npx tsx test/bench/judge.ts`: what it takes to load the shipped runbooks, once and again, and to judge a recorded run. The ratios hold on a
// machine that is busy too: all of it is CPU time of this process, and reading the recordings' YAML is the yardstick.
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import { loadRunbooks } from '../../src/engine/load-runbooks.ts'
import { readRecording, recordingsBelow } from '../../src/runs/recordings/recording.ts'
import { rejudge } from '../../src/runs/recordings/replay.ts'
import { printProblem } from '../../src/yaml/problem.ts'

const ROUNDS = 4

function timed<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, ms: (user + system) / 1_000 }
}

const first = timed(() => loadRunbooks([shippedRunbooks]))
const again = timed(() => loadRunbooks([shippedRunbooks]))
const loaded = again.result
if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))

const folders = recordingsBelow(new URL('../recordings', import.meta.url).pathname)
const read = timed(() => folders.map(readRecording))
const recordings = read.result.flatMap((one) => (one.ok ? [one.recording] : []))

/** With records that nobody has judged yet. */
function judgeAll(): void {
  for (const recording of recordings) {
    const runbook = loaded.ok && loaded.runbooks.topics.get(recording.topic)
    if (runbook) rejudge(runbook, { ...recording, records: recording.records.map((one) => ({ ...one })) })
  }
}
judgeAll()
const rounds = Array.from({ length: ROUNDS }, () => timed(judgeAll).ms)
const judged = Math.min(...rounds)

console.log(
  `load the runbooks: ${first.ms.toFixed(0)} ms, again: 1/${(first.ms / again.ms).toFixed(0)} of it`,
)
console.log(
  `judge a recording: ${(judged / recordings.length).toFixed(1)} ms, ${(judged / read.ms).toFixed(2)} of what reading it takes`,
)
