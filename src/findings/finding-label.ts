import type { Finding, Role } from './finding.ts'

const labels: Readonly<Record<Role, string>> = {
  cause: 'Cause',
  consequence: 'Consequence',
  suspect: 'Suspect',
  notice: 'Notice',
}

/**
 * What people read before a finding's title, with the topic that looks into it where that is another than was asked. A
 * symptom nobody has explained yet is not called a cause.
 */
export const findingLabel = (finding: Finding): string =>
  finding.topic === undefined ? kindOf(finding) : `${kindOf(finding)} (${finding.topic})`

function kindOf({ role, symptom, confidence }: Finding): string {
  if (symptom) return 'Symptom'
  return role === 'cause' && confidence === 'likely' ? 'Likely cause' : labels[role]
}
