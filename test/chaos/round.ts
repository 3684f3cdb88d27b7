import { setTimeout as delay } from 'node:timers/promises'
import type { Facts } from './check/facts.ts'
import { gather } from './check/gather.ts'
import { type FaultCounts, openFaultCounts } from './faults/fault-counts.ts'
import { breakThings } from './faults/schedule.ts'
import { seededRandom } from './random.ts'
import { type SentAlert, sendAlerts } from './workload/alerts.ts'
import { beAPerson, type Work } from './workload/people.ts'
import { openRequestLog } from './workload/requests.ts'
import { openScreen } from './workload/screen.ts'
import { settle } from './workload/settle.ts'
import { openWorld, type World } from './world/world.ts'

export interface RoundOptions {
  readonly seed: string
  /** How long people work and things break. */
  readonly ms: number
  say(line: string): void
}

export interface Round {
  readonly facts: Facts
  /** Where the logs of the replicas are; removed unless it is kept. */
  readonly folder: string
  close(options: { readonly keep: boolean }): Promise<void>
}

/** So many runs under way, and people wait: what piles up now only makes the end longer. */
const BUSY = 30
const UP_WITHIN_MS = 60_000
const DRAIN_MS = 20_000

/** One world from its beginning to its end: people work, things break, all is mended, and what is left is looked at. */
export async function playRound({ seed, ms, say }: RoundOptions): Promise<Round> {
  const began = Date.now()
  const random = seededRandom(seed)
  const world = await openWorld(random.fork('world'))
  try {
    await allUp(world)
    const counts = openFaultCounts()
    const [screen, log] = [openScreen(world.slack), openRequestLog()]
    const alertsSent: SentAlert[] = []
    const until = Date.now() + ms
    const isOver = () => Date.now() >= until
    let open = 0
    const watching = watchOpenRuns(world, isOver, (now) => {
      open = now
    })
    const work: Work = {
      world,
      screen,
      log,
      isBusy: () => open > BUSY,
      isOver,
      raced: () => counts.add('buttonsRaced'),
    }
    const drawn: string[] = []
    await Promise.all([
      watching,
      sendAlerts(work, random.fork('alerts'), alertsSent),
      breakThings({ world, random: random.fork('faults'), counts }, isOver, (name) => drawn.push(name)),
      ...world.people.map((name) => beAPerson(work, name, random.fork(name))),
    ])
    say(`${Math.round((Date.now() - began) / 1_000)} s: ${drawn.length} faults: ${drawn.join(' ')}`)
    mend(world)
    const unsettled = await settle(world, say)
    await countAtTheFakes(world, log.all(), counts)
    say(`${Math.round((Date.now() - began) / 1_000)} s: all is over, the replicas are stopped`)
    const exits = await Promise.all(
      world.replicas.map(async (replica) => ({ name: replica.name, status: await replica.stop(DRAIN_MS) })),
    )
    say(`${Math.round((Date.now() - began) / 1_000)} s: what is left is looked at`)
    const facts = await gather({ world, log, screen, alertsSent, unsettled, exits, faults: counts.all() })
    return { facts, folder: world.folder, close: world.close }
  } catch (error) {
    await world.close({ keep: true })
    throw error
  }
}

async function allUp({ replicas, folder }: World): Promise<void> {
  for (const until = Date.now() + UP_WITHIN_MS; ; await delay(100)) {
    if (replicas.every((replica) => replica.isUp())) return
    if (Date.now() > until) throw new Error(`not all replicas came up; their logs are in ${folder}`)
  }
}

async function watchOpenRuns(
  { store }: World,
  isOver: () => boolean,
  heard: (open: number) => void,
): Promise<void> {
  for (; !isOver(); await delay(500)) {
    const sql = `SELECT count(*)::int AS open FROM debvisor.runs WHERE state IN ('queued', 'running')`
    const [row] = await store.rows<{ open: number }>(sql, [], 0).catch(() => [])
    if (row) heard(row.open)
  }
}

/** Nothing is broken from here on. */
function mend({ slack, wires, replicas }: World): void {
  slack.faults.clear()
  for (const wire of wires) wire.clear()
  for (const replica of replicas) replica.thaw()
}

async function countAtTheFakes(
  { slack, pager, wires, hosts }: World,
  asked: Facts['asked'],
  counts: FaultCounts,
): Promise<void> {
  const calls = slack.calls()
  counts.add('slackRefusals', calls.filter(({ status }) => status === 429 || status === 503).length)
  counts.add(
    'slackAnswersLost',
    calls.filter(({ status, answer }) => status === undefined && answer?.ok).length,
  )
  counts.add('deliveriesRepeated', asked.filter(({ twice }) => twice).length)
  counts.add('pagerFaultsMet', pager.requests.filter(({ status }) => status !== 202 && status !== 200).length)
  counts.add('hostConnectionsCut', (await hosts.counts()).cut)
  for (const { lost } of wires) {
    counts.add('commitAnswersLost', lost.answer)
    counts.add('commitsLost', lost.request)
  }
}
