import type { Run } from '../../runs/run.ts'
import type { Posted } from '../../slack/transport/delivery.ts'
import type { Escalation } from '../escalation.ts'

/** What is brought to one person in a direct message: drawn by threads/, which keeps it up to date afterwards. */
export interface DirectMessages {
  /** Posted once for its key, updated when its content changed. */
  bringTo(
    user: string,
    about: { readonly run: Run; readonly escalation: Escalation; readonly key: string },
  ): Promise<Brought>
}

/** `channel` is that of the direct message. */
export type Brought =
  | { readonly ok: true; readonly channel: string; readonly ts: string }
  | Extract<Posted, { ok: false }>
