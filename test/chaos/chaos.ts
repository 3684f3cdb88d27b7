import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checks } from './check/checks.ts'
import type { Facts } from './check/facts.ts'
import { blindness, sightIn } from './check/sight.ts'
import { mendedOverwrites } from './check/thread-checks.ts'
import type { FaultCount } from './faults/fault-counts.ts'
import { playRound } from './round.ts'
import { printTables } from './table.ts'
import { addRound, emptyTally, type Tally } from './tally.ts'

const usage = `npm run test:chaos -- [options]
  --short         one round of two minutes (default)
  --full          round after round, until --runs or --minutes; goes on where --state says it stopped
  --seed TEXT     of the first round; the same seed draws the same hosts, faults and people
  --seconds N     how long people work and things break in a round
  --runs N        of --full: stop after so many runs (5000)
  --minutes N     of --full: begin no further round after so long (600)
  --state FILE    of --full: what was counted so far (chaos-state.json)
  --keep          leave the logs of the replicas there`

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    seed: { type: 'string' },
    seconds: { type: 'string', default: '110' },
    runs: { type: 'string', default: '5000' },
    minutes: { type: 'string', default: '600' },
    state: { type: 'string', default: 'chaos-state.json' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const counted = { passed: 0, failed: 0 }

function verdict(name: string, problems: readonly string[]): void {
  if (problems.length === 0) counted.passed++
  else counted.failed++
  say(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  for (const problem of problems.slice(0, 8)) say(`         ${problem}`)
  if (problems.length > 8) say(`         and ${problems.length - 8} more`)
}

/** Faults without which a round has shown nothing. */
const mustHappen: readonly FaultCount[] = [
  'kills',
  'killsWithARun',
  'freezes',
  'databaseConnectionsReset',
  'commitAnswersLost',
  'hostConnectionsCut',
  'slackRefusals',
  'slackAnswersLost',
  'deliveriesRepeated',
  'buttonsRaced',
]

async function short(seed: string): Promise<void> {
  const round = await playRound({ seed, ms: Number(values.seconds) * 1_000, say })
  const { facts } = round
  for (const check of checks) verdict(`${check.name} (${check.trials(facts)})`, check.problems(facts))
  for (const check of checks)
    if (sightIn(check, facts) === false)
      verdict(`in this round too the checker sees where this is broken: ${check.name}`, ['it does not'])
  for (const fault of mustHappen)
    verdict(`it happened: ${fault} (${facts.faults[fault]})`, facts.faults[fault] > 0 ? [] : ['never'])
  say(`\n${printTables(addRound(emptyTally, seed, facts))}`)
  tellLateWrites(facts)
  await end(round, counted.failed > 0)
}

function tellLateWrites(facts: Facts): void {
  const late = mendedOverwrites(facts)
  say(
    `\nverdicts that a late write covered until they were drawn again: ${late.length}${late.length > 0 ? `, for ${Math.max(...late)} ms at most` : ''}`,
  )
}

async function end(round: Awaited<ReturnType<typeof playRound>>, broken: boolean): Promise<void> {
  const keep = values.keep || broken
  if (keep) {
    writeFileSync(`${round.folder}/facts.json`, JSON.stringify(round.facts, null, 1))
    say(`logs and facts: ${round.folder}`)
  }
  await round.close({ keep })
}

interface State {
  readonly seed: string
  /** Of the checkout, one for each time that it was gone on with. */
  readonly commits: readonly string[]
  readonly tally: Tally
}

async function full(): Promise<void> {
  const began = Date.now()
  const known: State | undefined = existsSync(values.state)
    ? JSON.parse(readFileSync(values.state, 'utf8'))
    : undefined
  const seed = known?.seed ?? values.seed ?? newSeed()
  const commits = [...new Set([...(known?.commits ?? []), commitOfCheckout()])]
  let tally = known?.tally ?? emptyTally
  while (tally.runs < Number(values.runs) && Date.now() - began < Number(values.minutes) * 60_000) {
    const of = `${seed}.${tally.rounds + 1}`
    say(`round ${tally.rounds + 1}: --seed ${of}`)
    const round = await playRound({ seed: of, ms: Number(values.seconds) * 1_000, say })
    const before = tally.problems.length
    tally = addRound(tally, of, round.facts)
    const fresh = tally.problems.slice(before)
    for (const problem of fresh) say(`  ${problem}`)
    tellLateWrites(round.facts)
    say(`  ${tally.runs} runs so far, ${tally.faults.kills} kills, ${tally.problems.length} problems`)
    writeFileSync(values.state, JSON.stringify({ seed, commits, tally } satisfies State, null, 2))
    await end(round, fresh.length > 0)
  }
  say(`\nCommit ${commits.join(', ')}: ${printTables(tally)}`)
  for (const [name, { trials, failures }] of Object.entries(tally.checks))
    verdict(`${name} (${trials})`, failures === 0 ? [] : [`${failures} times`])
}

const commitOfCheckout = (): string =>
  spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout?.trim() || 'unknown'

const newSeed = (): string => Math.random().toString(36).slice(2, 8)

if (values.help) say(usage)
else {
  const seed = values.seed ?? newSeed()
  for (const check of checks)
    verdict(`the checker sees where this is broken: ${check.name}`, blindness(check))
  if (values.full) await full()
  else {
    say(`seed ${seed}`)
    await short(seed)
    if (counted.failed > 0) say(`again with: npm run test:chaos -- --seed ${seed}`)
  }
  say(`${counted.passed} passed, ${counted.failed} failed`)
  process.exit(counted.failed > 0 ? 1 : 0)
}
