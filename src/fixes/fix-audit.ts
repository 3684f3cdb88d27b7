import type { Queryable } from '../store/db.ts'
import type { Store } from '../store/store.ts'
import type { Fix } from './fix-store.ts'

/**
 * Writes the audit's row of what no click did: a fix begins, ends or runs out of time. It is in the name of whoever
 * asked, and the transaction's last statement. A fix that something kept from running counts as refused.
 */
export const noteFix = (
  { audit }: Pick<Store, 'audit'>,
  tx: Queryable,
  fix: Fix,
  what: string,
): Promise<unknown> =>
  audit(tx, {
    team: fix.team,
    actor: fix.requester,
    door: 'fix',
    action: 'fix',
    decision: fix.state === 'void' || fix.state === 'expired' ? 'refused' : 'allowed',
    host: fix.host,
    topic: fix.topic,
    target: `fix ${fix.id} ${what}`,
    asked: fix.id,
    reason: fix.approver ? `approved by ${fix.approver}` : null,
  })

/** "failed at step 1 of 2: exit status 3": a row that names commands says how far they came. */
export const endOf = ({ state, reason, begun, steps }: Fix): string => {
  const where = state === 'succeeded' || begun === 0 ? '' : ` at step ${begun} of ${steps.length}`
  return `${state}${where}${reason ? `: ${reason}` : ''}`
}

export const commandsOf = ({ steps }: Pick<Fix, 'steps'>): string =>
  steps.map(({ text }) => text).join(' && ')
