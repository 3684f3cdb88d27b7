import { type EvidenceContext, evidenceContext, type Inputs } from '../plan/evidence-context.ts'
import type { Runbook } from '../runbook/runbook.ts'

/** What was asked of a host, and by whom. */
export interface Looked extends Inputs {
  readonly runbook: Runbook
  /** The bot's login on the host, for remedies. */
  readonly login: string
}

/** What was asked of a host, with how the runbook reads the answers. */
export interface Observation extends Omit<Looked, 'known'>, EvidenceContext {}

export const observe = (looked: Looked): Observation => ({
  ...looked,
  ...evidenceContext(looked.runbook, looked),
})
