import type { FaultCount } from '../faults/fault-counts.ts'
import type { SeenCommand } from '../hosts/simulated-hosts.ts'
import type { SentAlert } from '../workload/alerts.ts'
import type { Asked } from '../workload/requests.ts'
import type { SlackWrite } from '../workload/screen.ts'
import type { Unsettled } from '../workload/settle.ts'

/** What a round left behind, as plain data: what the fakes saw, and the rows. Times are milliseconds of the epoch. */
export interface Facts {
  readonly team: string
  readonly asked: readonly Asked[]
  readonly alertsSent: readonly SentAlert[]
  /** Keys of deliveries that took effect. */
  readonly deliveries: readonly string[]
  readonly runs: readonly RunFact[]
  readonly audit: readonly AuditFact[]
  readonly stored: readonly StoredMessageFact[]
  /** Every message that stands in Slack and is the bot's. */
  readonly shown: readonly ShownFact[]
  readonly writes: readonly SlackWrite[]
  readonly files: readonly FileFact[]
  readonly fixes: readonly FixFact[]
  readonly fixCommands: readonly SeenCommand[]
  readonly escalations: readonly EscalationFact[]
  readonly sendings: readonly SendingFact[]
  /** Alerts at PagerDuty. */
  readonly pages: readonly { readonly dedupKey: string; readonly triggers: number }[]
  readonly alerts: readonly AlertFact[]
  readonly hosts: readonly HostFact[]
  readonly unsettled: Unsettled
  readonly auditVerify: { readonly status: number | null; readonly said: string }
  readonly crashes: readonly string[]
  /** Exit statuses of the replicas after SIGTERM. */
  readonly exits: readonly { readonly name: string; readonly status: number | null }[]
  readonly faults: Readonly<Record<FaultCount, number>>
}

export interface RunFact {
  readonly id: string
  readonly code: string
  readonly actor: string
  readonly topic: string
  readonly host: string
  readonly channel: string
  readonly state: string
  /** Null: it has none. */
  readonly verdict: string | null
  /** Why it failed; null: it did not. */
  readonly failure: string | null
  /** How many workers took it. */
  readonly epoch: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

export interface AuditFact {
  readonly actor: string
  readonly door: string
  readonly action: string
  readonly decision: string
  readonly host: string | null
  readonly topic: string | null
  readonly target: string | null
}

export interface StoredMessageFact {
  readonly run: string
  readonly key: string
  readonly ts: string | null
}

export interface ShownFact {
  readonly channel: string
  readonly ts: string
  readonly run: string
  readonly key: string
  readonly text: string
  readonly buttons: readonly string[]
}

export interface FileFact {
  readonly thread: string
  /** Unique in its thread. */
  readonly name: string
}

export interface FixFact {
  readonly id: string
  readonly run: string
  readonly host: string
  readonly state: string
  readonly production: boolean
  readonly requester: string
  readonly approver: string | null
  /** How many steps were about to be sent. */
  readonly begun: number
  readonly steps: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

export interface EscalationFact {
  readonly id: string
  readonly problemKey: string
  readonly level: number
  readonly state: string
  readonly createdAt: number
  readonly closedAt: number | null
  readonly overdueAt: number | null
}

export interface SendingFact {
  readonly escalation: string
  readonly channel: string
  readonly act: string
  readonly state: string
}

export interface AlertFact {
  /** As its sender said it: the fingerprint is kept as a hash. */
  readonly startedAt: number
  readonly outcome: string
  readonly run: string | null
}

export interface HostFact {
  readonly name: string
  readonly kind: string
  readonly topic: string
  /** What an undisturbed look concludes; undefined: anything but healthy on a hostile host, anything on a gauge. */
  readonly verdict?: string
}
