import { authorize } from '../access/authorize.ts'
import type { Capabilities } from './capabilities.ts'

/**
 * Work may be given only to those whom the bot listens to: full members of the home team. A sentence, if this user is
 * none; undefined, if they are.
 */
export async function notAssignable(
  { access, slack }: Pick<Capabilities, 'access' | 'slack'>,
  id: string,
  team: string,
): Promise<string | undefined> {
  const person = await slack.person(id)
  const decision = authorize(access, { principal: { kind: 'user', id, team, person }, action: 'ask' })
  if (decision.allowed) return undefined
  return person
    ? 'A ticket is assigned to a full member of this workspace: not to a guest, a bot or somebody outside.'
    : 'Slack did not say who that is, so nothing was changed. Try again in a minute.'
}
