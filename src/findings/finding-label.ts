import type { Finding, Role } from './finding.ts'

const labels: Readonly<Record<Role, string>> = {
  cause: 'Cause',
  consequence: 'Consequence',
  suspect: 'Suspect',
  notice: 'Notice',
}

/** What people read before a finding's title. A symptom nobody has explained yet is not called a cause. */
export function findingLabel({ role, symptom, confidence }: Finding): string {
  if (symptom) return 'Symptom'
  return role === 'cause' && confidence === 'likely' ? 'Likely cause' : labels[role]
}
