import type { WebClient } from '@slack/web-api'
import type { Clock } from '../../async/clock.ts'

/** S5: for reads, membership is never older than a minute. */
const KEPT_MS = 60_000

export interface Usergroups {
  /**
   * Of each group, whether the user is in it; a group of which Slack said nothing is left out (S4). `fresh`: Slack is
   * asked now, as before any change. Never throws.
   */
  memberships(user: string, of: readonly string[], fresh: boolean): Promise<ReadonlyMap<string, boolean>>
}

interface Answer {
  readonly askedAt: number
  readonly members: Promise<ReadonlySet<string> | undefined>
}

/**
 * Who is in which user group, from usergroups.users.list: at most one question for each group and minute. A deactivated
 * group answers with an error: unknown.
 */
export function makeUsergroups(client: WebClient, clock: Pick<Clock, 'elapsed'>): Usergroups {
  const known = new Map<string, Answer>()

  async function ask(usergroup: string): Promise<ReadonlySet<string> | undefined> {
    try {
      const { users } = await client.usergroups.users.list({ usergroup })
      return users && new Set(users)
    } catch {
      return undefined
    }
  }

  async function membersOf(group: string, fresh: boolean): Promise<ReadonlySet<string> | undefined> {
    const kept = fresh ? undefined : known.get(group)
    const answer =
      kept && clock.elapsed() < kept.askedAt + KEPT_MS
        ? kept
        : { askedAt: clock.elapsed(), members: ask(group) }
    known.set(group, answer)
    const members = await answer.members
    // A failure is not kept: the next request asks again.
    if (!members && known.get(group) === answer) known.delete(group)
    return members
  }

  return {
    async memberships(user, of, fresh) {
      const answers = await Promise.all(
        of.map(async (group) => [group, await membersOf(group, fresh)] as const),
      )
      return new Map(answers.flatMap(([group, members]) => (members ? [[group, members.has(user)]] : [])))
    },
  }
}
