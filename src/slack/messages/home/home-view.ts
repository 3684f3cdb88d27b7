import type { PlacedEscalation } from '../../../escalation/escalation-store.ts'
import type { Ticket } from '../../../escalation/tickets/ticket-store.ts'
import type { Fix } from '../../../fixes/fix-store.ts'
import type { OnCallResult } from '../../../integrations/pagerduty/rest-api.ts'
import type { Run } from '../../../runs/run.ts'
import type { EscalationView } from '../escalation/escalation-view.ts'
import type { Solved } from '../run/run-view.ts'

/** What the Home tab shows its reader, who may see all of it. */
export interface HomeView {
  readonly at: Date
  /** That wait for an approval which the reader may give. */
  readonly fixes: Listed<Fix>
  readonly escalations: Listed<HomeEscalation>
  readonly hosts: HomeHosts
  readonly tickets: Listed<HomeTicket>
  /** That the reader asked for. */
  readonly runs: readonly HomeRun[]
  /** Undefined: nobody can say it here. */
  readonly onCall: OnCallResult | undefined
}

/** `more`: how many are not shown. */
export interface Listed<T> {
  readonly shown: readonly T[]
  readonly more: number
}

export interface HomeEscalation extends Pick<PlacedEscalation, 'id' | 'host' | 'topic'> {
  readonly escalation: EscalationView
  /** The reader may acknowledge it. */
  readonly isTheirs: boolean
  /** Of its thread, here and below; undefined: there is none, or Slack does not say it. */
  readonly url: string | undefined
}

export interface HomeTicket {
  readonly ticket: Ticket
  readonly url: string | undefined
}

export interface HomeRun {
  readonly run: Run
  /** Why it is over. Undefined: nothing says so. */
  readonly solved: Solved | undefined
  readonly url: string | undefined
}

/** The worst first, those that nobody looked at last. */
export interface HomeHosts {
  readonly shown: readonly HomeHost[]
  /** Of those that are not shown; what is solved counts as healthy. */
  readonly more: { readonly notHealthy: number; readonly healthy: number; readonly unseen: number }
}

/** `last`: the worst of the newest verdicts of its topics; undefined: nobody looked lately. */
export interface HomeHost {
  readonly host: string
  readonly last: HomeRun | undefined
}
