import type { Store } from '../../store/store.ts'

const EVERY_MS = 30_000

interface FleetTender {
  readonly store: Pick<Store, 'tx' | 'query' | 'queue'>
  readonly log: { error(details: object, message: string): void }
}

/**
 * Sends for fleets whose hosts have all ended, and that nobody has ended: a replica of a version before this one, which
 * knows no fleets, may have examined the last of them.
 */
export async function sendForForgotten({ store }: Pick<FleetTender, 'store'>): Promise<void> {
  const { rows } = await store.query<{ id: string }>(
    `SELECT id FROM debvisor.fleet_runs f
     WHERE ended_at IS NULL AND created_at < now() - $1 * interval '1 ms' AND NOT EXISTS (
       SELECT 1 FROM debvisor.fleet_hosts h JOIN debvisor.runs r ON r.id = h.run_id
       WHERE h.fleet = f.id AND NOT h.is_stopped AND (r.ended_at IS NULL OR r.ended_at > now() - $1 * interval '1 ms'))`,
    [EVERY_MS],
  )
  for (const { id } of rows) await store.tx((tx) => store.queue.send(tx, { kind: 'fleet', fleetId: id }))
}

/** Looks for them, for as long as the bot runs. Every replica does. */
export function keepEndingFleets(tender: FleetTender): { stop(): Promise<void> } {
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking
      .then(() => sendForForgotten(tender))
      .catch((error: unknown) => tender.log.error({ err: error }, 'fleets were not looked after; it goes on'))
  }, EVERY_MS)
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
