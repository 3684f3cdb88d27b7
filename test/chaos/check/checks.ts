import type { Check } from './check.ts'
import { escalationChecks } from './escalation-checks.ts'
import { fixChecks } from './fix-checks.ts'
import { processChecks } from './process-checks.ts'
import { requestChecks } from './request-checks.ts'
import { runChecks } from './run-checks.ts'
import { threadChecks } from './thread-checks.ts'

/** Everything that must hold after a round, whatever was done to the bot. */
export const checks: readonly Check[] = [
  ...requestChecks,
  ...runChecks,
  ...threadChecks,
  ...fixChecks,
  ...escalationChecks,
  ...processChecks,
]
