import type { Rung } from '../store/ladder.ts'

/** By which ways a rung reached people, and which one did not work: for messages. */
export function waysOf({ level, external }: Pick<Rung, 'level' | 'external'>): string[] {
  if (level === 3) return external.paged ? ['through PagerDuty'] : []
  return [
    ...(external.dmTs ? ['direct message'] : []),
    ...(external.messageId ? [`e-mail to ${external.mailedTo}`] : []),
    ...(external.failed ? [`not by ${external.failed}`] : []),
  ]
}
