import type { FoundIncident } from '../integrations/pagerduty/incidents.ts'

/** What an escalation keeps of its incident, for the thread. */
export const incidentFacts = ({
  number,
  url,
  assignees,
  priority,
}: Pick<FoundIncident, 'number' | 'url' | 'assignees' | 'priority'>): Record<string, string> => ({
  ...(number ? { incidentNumber: number } : {}),
  ...(url ? { incidentUrl: url } : {}),
  ...(assignees.length > 0 ? { assignees: assignees.join(', ') } : {}),
  ...(priority ? { priority } : {}),
})
