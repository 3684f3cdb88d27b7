import type { Host } from '../inventory/inventory.ts'
import { overLimit } from '../runs/queue/waiting-limits.ts'
import { runToJoin } from '../runs/requests/join-run.ts'
import type { Run } from '../runs/run.ts'
import { createRun } from '../runs/run-store.ts'
import type { AuditEntry } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import type { Looker } from './looker.ts'

export interface WantedLook {
  readonly team: string
  readonly host: Host
  readonly topic: string
  readonly channel: string
  /** Slack user in whose name it looks, or a schedule's name. */
  readonly by: string
  readonly reason: string
  /** In whose thread it would be told. */
  readonly parent: string | null
  readonly audit: Pick<AuditEntry, 'door' | 'asked' | 'reason'>
}

/** `claim`: whether it is still ours to begin. */
interface Claims {
  claim(): Promise<boolean>
  begun(look: Run): Promise<unknown>
}

/**
 * One transaction for the claim, the quiet run, its job and the audit's row, so that of any number of replicas and crashes
 * one look remains. One of the same that is under way is joined. Where too many runs wait, this look is left out. The
 * locks are taken in the order in which everybody who asks takes them.
 */
export function beginLook(
  { store, limits }: Looker,
  wanted: WantedLook,
  {
    claim,
    begun,
  }: { [K in keyof Claims]: (tx: Queryable, ...args: Parameters<Claims[K]>) => ReturnType<Claims[K]> },
): Promise<'begun' | 'not-ours' | 'full'> {
  const { team, host, topic, channel, by } = wanted
  const actor = { kind: 'schedule', id: by } as const
  return store.tx(async (tx) => {
    const under = await runToJoin(tx, { team, topic, host: host.name, channel, user: null })
    if (!(await claim(tx))) return 'not-ours'
    if (!under && (await overLimit(tx, { team, actor, origin: 'watch', channel }, limits))) return 'full'
    const look =
      under ??
      (await createRun(tx, {
        ...{ team, actor, origin: 'watch', topic, host: host.name, channel },
        production: host.production,
        reason: wanted.reason,
        responseUrl: null,
        parent: wanted.parent,
        isQuiet: true,
      }))
    if (!under) await store.queue.send(tx, { kind: 'diagnose', runId: look.id })
    await begun(tx, look)
    await store.audit(tx, {
      ...{ team, actor: by, action: 'diagnose', decision: 'allowed', host: host.name, topic },
      ...wanted.audit,
      target: under ? `joined run ${look.code}` : `run ${look.code}`,
    })
    return 'begun'
  })
}
