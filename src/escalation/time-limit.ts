import type { Severity } from '../findings/finding.ts'

/** What the policy says follows when nobody acknowledged in time. */
export type Then = 'offer' | 'page'

/** How long the lead has to acknowledge, and what follows then. */
export interface TimeLimit {
  readonly minutes: number
  readonly take: Then
}

/** `escalation.acknowledgeWithin`: a dimension that is left out fits everything. */
export interface TimeRule extends TimeLimit {
  readonly hostGroups?: readonly string[] | undefined
  readonly severities?: readonly Severity[] | undefined
}

/** Where no rule fits. */
export const DEFAULT_LIMIT: TimeLimit = { minutes: 30, take: 'offer' }

/** The first rule that fits decides. */
export function timeLimit(
  rules: readonly TimeRule[],
  about: { readonly groups: readonly string[]; readonly severity: Severity },
): TimeLimit {
  const fits = ({ hostGroups, severities }: TimeRule): boolean =>
    (hostGroups === undefined || hostGroups.some((group) => about.groups.includes(group))) &&
    (severities === undefined || severities.includes(about.severity))
  const { minutes, take } = rules.find(fits) ?? DEFAULT_LIMIT
  return { minutes, take }
}
