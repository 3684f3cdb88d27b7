import type { Access, User } from '../../access/authorize.ts'
import type { Workspace } from './workspace.ts'

/** Where the rights of people come from. */
export interface Directory {
  readonly access: Access
  readonly slack: Pick<Workspace, 'person' | 'memberships'>
}

/**
 * Somebody as Slack knows them. Before a change everything is asked afresh (S5): who they are, and which groups they are
 * in.
 */
export async function whoIs(
  { access, slack }: Directory,
  { user, team }: { readonly user: string; readonly team: string },
  { fresh }: { readonly fresh: boolean },
): Promise<User> {
  const named = access.policy?.usergroups ?? []
  const [person, groups] = await Promise.all([
    slack.person(user, fresh),
    slack.memberships(user, named, fresh),
  ])
  return { kind: 'user', id: user, team, person, groups }
}

/** Whether Slack said all that their rights depend on. Where it did not, a refusal is no word on their rights. */
export const isKnown = ({ access }: Pick<Directory, 'access'>, { person, groups }: User): boolean =>
  person !== undefined && (access.policy?.usergroups ?? []).every((group) => groups?.has(group))
