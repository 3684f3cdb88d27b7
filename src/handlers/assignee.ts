import { authorize, type Gate, type Person } from '../access/authorize.ts'

export interface AssigneeDeps {
  readonly gate: Gate
  people(user: string, team: string): Promise<Person | undefined>
}

/** Work is given to those whom the bot would listen to: full members of the home team. A sentence where it cannot be. */
export async function notAssignable(
  deps: AssigneeDeps,
  id: string,
  team: string,
): Promise<string | undefined> {
  const person = await deps.people(id, team)
  const decision = authorize(deps.gate, { principal: { kind: 'user', id, team, person }, action: 'ask' })
  if (decision.allowed) return undefined
  return person
    ? 'A ticket is assigned to a full member of this workspace: not to a guest, a bot or somebody outside.'
    : 'Slack did not say who that is, so nothing was changed. Try again in a minute.'
}
