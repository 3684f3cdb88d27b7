import { setTimeout as delay } from 'node:timers/promises'
import type { World } from '../world/world.ts'

/** What is not over yet, by name; empty: all is. */
export type Unsettled = Readonly<Record<string, number>>

const LONGEST_MS = 240_000
const TOLD_EVERY_MS = 15_000
/** After the last row has ended, what is drawn in the background. */
const DRAWN_WITHIN_MS = 6_000

/** Without faults from here on: waits until everything that was begun has ended. Answers with what has not. */
export async function settle(world: World, say: (line: string) => void): Promise<Unsettled> {
  const until = Date.now() + LONGEST_MS
  let told = Date.now()
  for (let calm = 0; ; ) {
    const left = await unsettled(world)
    if (Date.now() - told > TOLD_EVERY_MS) {
      told = Date.now()
      say(`  not over yet: ${JSON.stringify(left)}`)
    }
    calm = Object.keys(left).length === 0 ? calm + 1 : 0
    // Twice: what ends may send a job.
    if (calm === 2) break
    if (Date.now() > until) return left
    await delay(1_000)
  }
  await delay(DRAWN_WITHIN_MS)
  return unsettled(world)
}

async function unsettled({ store, replicas }: World): Promise<Unsettled> {
  const rows = await store.rows<{ what: string; count: number }>(
    `SELECT 'runs' AS what, count(*)::int AS count FROM debvisor.runs WHERE state IN ('queued', 'running')
     UNION ALL SELECT 'fixes', count(*)::int FROM debvisor.fixes WHERE state IN ('approved', 'running')
     UNION ALL SELECT 'sendings', count(*)::int FROM debvisor.sendings WHERE state = 'waiting'
     UNION ALL SELECT 'escalations', count(*)::int FROM debvisor.escalations WHERE state = 'requested' AND closed_at IS NULL
     UNION ALL SELECT 'time limits', count(*)::int FROM debvisor.escalations WHERE due_at IS NOT NULL AND due_at < now()
     UNION ALL SELECT 'jobs: ' || name, count(*)::int FROM debvisor_queue.job
       WHERE state IN ('created', 'retry', 'active') AND name NOT IN ('fix-expiry') AND name NOT LIKE '\\_\\_%' GROUP BY name`,
  )
  const down = replicas.filter((replica) => !replica.isUp()).length
  const counts = [...rows, { what: 'replicas that are down', count: down }]
  return Object.fromEntries(counts.filter(({ count }) => count > 0).map(({ what, count }) => [what, count]))
}
