import type { Rung } from '../escalation/move-escalation.ts'

/** By which ways a rung reached people, and which one did not work: for messages. */
export function waysOf({
  level,
  external,
  assignee,
}: Pick<Rung, 'level' | 'external' | 'assignee'>): string[] {
  if (level === 3) return external.paged ? ['through PagerDuty'] : []
  return [
    // That to somebody who had it before reached nobody who has it now.
    ...(external.dmTs && external.dmUser === assignee ? ['direct message'] : []),
    ...(external.messageId ? [`e-mail to ${external.mailedTo}`] : []),
    ...(external.failed ? [`not by ${external.failed}`] : []),
  ]
}
