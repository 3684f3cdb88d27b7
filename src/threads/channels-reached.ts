import type { Escalation } from '../escalation/escalation.ts'

/** Through which channels an escalation reached people, and which one did not work: for messages. */
export function channelsReached({
  level,
  external,
  assignee,
}: Pick<Escalation, 'level' | 'external' | 'assignee'>): string[] {
  if (level === 3) return external.paged ? ['through PagerDuty'] : []
  return [
    // That to somebody who had it before reached nobody who has it now.
    ...(external.dmTs && external.dmUser === assignee ? ['direct message'] : []),
    ...(external.messageId ? [`e-mail to ${external.mailedTo}`] : []),
    ...(external.failed ? [`not by ${external.failed}`] : []),
  ]
}
