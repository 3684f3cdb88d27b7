import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../random.ts'
import type { World } from '../world/world.ts'
import type { FaultCounts } from './fault-counts.ts'

export interface FaultTarget {
  readonly world: World
  readonly random: Random
  readonly counts: FaultCounts
}

/** How often each is drawn. */
export const weights = {
  kill: 20,
  freeze: 6,
  freezePastLease: 4,
  freezePastLook: 1,
  restartStore: 5,
  resetStore: 8,
  blackHoleStore: 4,
  loseCommitAnswer: 12,
  loseCommit: 6,
  cutHost: 14,
  refuseSlack: 10,
  loseSlackAnswer: 8,
  dropSockets: 4,
  repeatDeliveries: 10,
  breakPager: 6,
} as const

export type FaultName = keyof typeof weights

/** What is done to the bot, each for its moment; a fault that lasts goes on behind the next one. */
export const faults: Readonly<Record<FaultName, (target: FaultTarget) => Promise<void> | void>> = {
  kill: async (target) => kill(target, target.random.pick(target.world.replicas).name),
  freeze: (target) =>
    freeze(target, target.random.pick(target.world.replicas).name, target.random.between(1_000, 5_000)),
  freezePastLease: (target) =>
    freeze(target, target.random.pick(target.world.replicas).name, target.random.between(11_000, 16_000)),
  // Longer than a run waits for its worker, and than whoever took over waits before it looks for what stands there twice.
  freezePastLook: (target) =>
    freeze(target, target.random.pick(target.world.replicas).name, target.random.between(45_000, 50_000)),

  async restartStore({ world, random, counts }) {
    counts.add('databaseRestarts')
    await world.postgres.restart(() => delay(random.between(0, 2_500)))
  },
  resetStore({ world, random, counts }) {
    const wires = random.chance(0.3) ? world.wires : [random.pick(world.wires)]
    for (const wire of wires) counts.add('databaseConnectionsReset', wire.cut(random.pick(['rst', 'fin'])))
  },
  blackHoleStore({ world, random, counts }) {
    random.pick(world.wires).blackHole(random.between(2_000, 12_000))
    counts.add('databaseBlackHoles')
  },
  // Whether a COMMIT came by afterwards is counted by the wire.
  loseCommitAnswer: ({ world, random }) =>
    random.pick(world.wires).loseCommits('answer', random.between(1, 3)),
  loseCommit: ({ world, random }) => random.pick(world.wires).loseCommits('request', random.between(1, 2)),

  cutHost({ world, random }) {
    for (let times = random.between(1, 4); times > 0; times--)
      world.hosts.cut(
        random.shuffled(world.hosts.hosts.map(({ name }) => name)),
        random.pick(['rst', 'fin', 'freeze'] as const),
      )
  },

  refuseSlack({ world: { slack }, random }) {
    const method = random.pick(slackMethods)
    const times = random.between(1, 6)
    if (random.chance(0.5)) slack.faults.fail5xx(method, times)
    else slack.faults.rateLimit(method, random.between(1, 3), times)
  },
  loseSlackAnswer({ world: { slack }, random }) {
    const method = random.pick(['chat.postMessage', 'chat.postMessage', 'chat.update'])
    if (random.chance(0.7)) slack.faults.acceptThenBreak(method, random.between(1, 3))
    else slack.faults.acceptThenHang(method)
  },
  dropSockets({ world: { slack }, random, counts }) {
    counts.add('slackSocketsDropped', slack.connections())
    if (random.chance(0.6)) slack.faults.dropSocket()
    else slack.faults.recycleSocket()
    if (random.chance(0.4)) slack.faults.refuseSocket(random.between(1, 3))
  },
  repeatDeliveries({ world: { slack }, random }) {
    slack.faults.duplicateDeliveries(
      random.between(1, 4),
      random.chance(0.5) ? 0 : random.between(500, 8_000),
    )
  },
  breakPager({ world: { pager }, random, counts }) {
    const count = random.between(1, 3)
    counts.add('pagerFaultsPlanned', count)
    for (let n = 0; n < count; n++)
      pager.fail(
        random.pick([
          { kind: 'status', status: 503 },
          { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
          { kind: 'reset' },
          { kind: 'lost-answer' },
          { kind: 'lost-answer' },
        ] as const),
      )
  },
}

const slackMethods = [
  'chat.postMessage',
  'chat.postMessage',
  'chat.update',
  'users.info',
  'conversations.history',
  'views.open',
  'auth.test',
] as const

/** kill -9. What it held is asked right before, and counted. */
export async function kill(target: FaultTarget, name: string): Promise<void> {
  const replica = replicaOf(target, name)
  const { pid } = replica
  if (pid === undefined) return
  const held = await heldBy(target, pid)
  replica.kill9()
  target.counts.add('kills')
  if (held.runs > 0) target.counts.add('killsWithARun')
  if (held.fixes > 0) target.counts.add('killsWithAFix')
}

/** SIGSTOP, and SIGCONT after so long, unless it was killed meanwhile. Does not wait for that. */
export async function freeze(target: FaultTarget, name: string, ms: number): Promise<void> {
  const replica = replicaOf(target, name)
  const { pid } = replica
  if (pid === undefined) return
  const held = await heldBy(target, pid)
  replica.freeze()
  target.counts.add('freezes')
  if (ms > 10_000) target.counts.add('freezesPastTheLease')
  if (ms >= 45_000) target.counts.add('freezesPastTheLook')
  if (ms > 10_000 && held.runs > 0) target.counts.add('freezesPastTheLeaseWithARun')
  if (ms > 10_000 && held.fixes > 0) target.counts.add('freezesPastTheLeaseWithAFix')
  setTimeout(() => replica.pid === pid && replica.thaw(), ms)
}

function replicaOf({ world }: FaultTarget, name: string): World['replicas'][number] {
  const replica = world.replicas.find((one) => one.name === name)
  if (!replica) throw new Error(`there is no ${name}`)
  return replica
}

/** A database that is away at this moment says nothing: then it is counted as a kill that held nothing. */
async function heldBy(
  { world }: FaultTarget,
  pid: number,
): Promise<{ readonly runs: number; readonly fixes: number }> {
  const nothing = { runs: 0, fixes: 0 }
  const [held = nothing] = await Promise.race([
    world.store
      .rows<{ runs: number; fixes: number }>(
        `SELECT (SELECT count(*)::int FROM debvisor.runs WHERE state = 'running' AND worker LIKE '%:' || $1) AS runs,
                (SELECT count(*)::int FROM debvisor.fixes WHERE state = 'running' AND worker LIKE '%:' || $1) AS fixes`,
        [String(pid)],
        0,
      )
      .catch(() => []),
    delay(500, []),
  ])
  return held
}
