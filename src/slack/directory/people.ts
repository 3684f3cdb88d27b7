import type { WebClient } from '@slack/web-api'
import type { Person } from '../../access/authorize.ts'
import type { Clock } from '../../async/clock.ts'

/** S5: rights are never older than a minute. */
const KEPT_MS = 60_000

export interface Someone {
  readonly person: Person
  /** For messages and mails: "Ana Torres". */
  readonly name: string
}

export interface People {
  /**
   * Undefined: Slack did not say who it is, so it is nobody who may do anything (S4). `fresh`: Slack is asked now (S5).
   * Never throws.
   */
  person(user: string, fresh?: boolean): Promise<Person | undefined>
  displayName(user: string): Promise<string | undefined>
}

/** Who is who, from users.info: at most one question for each user and minute. */
export function makePeople(client: WebClient, clock: Pick<Clock, 'elapsed'>): People {
  const known = new Map<
    string,
    { readonly askedAt: number; readonly someone: Promise<Someone | undefined> }
  >()

  function forgetOld(): void {
    for (const [user, { askedAt }] of known) {
      if (askedAt + KEPT_MS > clock.elapsed()) return
      known.delete(user)
    }
  }

  async function ask(user: string): Promise<Someone | undefined> {
    try {
      return readUser((await client.users.info({ user })).user)
    } catch {
      return undefined
    }
  }

  async function someoneOf(user: string, fresh = false): Promise<Someone | undefined> {
    forgetOld()
    if (fresh) known.delete(user)
    const answer = known.get(user) ?? { askedAt: clock.elapsed(), someone: ask(user) }
    known.set(user, answer)
    const someone = await answer.someone
    // A failure is not kept: the next request asks again.
    if (!someone && known.get(user) === answer) known.delete(user)
    return someone
  }

  return {
    person: async (user, fresh) => (await someoneOf(user, fresh))?.person,
    displayName: async (user) => (await someoneOf(user))?.name,
  }
}

interface SlackUser {
  readonly id?: string | undefined
  readonly team_id?: string | undefined
  readonly name?: string | undefined
  readonly real_name?: string | undefined
  readonly deleted?: boolean | undefined
  readonly is_bot?: boolean | undefined
  readonly is_restricted?: boolean | undefined
  readonly is_ultra_restricted?: boolean | undefined
  readonly is_stranger?: boolean | undefined
  readonly profile?: { readonly display_name?: string | undefined } | undefined
}

/**
 * `users.info`'s user (docs.slack.dev/reference/objects/user-object). Deactivated users come without the
 * guest fields; `is_stranger` is there for strangers only; any other missing field makes a nobody.
 */
export function readUser(user: SlackUser | undefined): Someone | undefined {
  if (!user?.id || !user.team_id || user.deleted === undefined || user.is_bot === undefined) return undefined
  const { is_restricted: restricted, is_ultra_restricted: ultra } = user
  if (!user.deleted && (restricted === undefined || ultra === undefined)) return undefined
  return {
    person: {
      id: user.id,
      team: user.team_id,
      deleted: user.deleted,
      bot: user.is_bot || user.id === 'USLACKBOT',
      guest: restricted === true || ultra === true,
      stranger: user.is_stranger === true,
    },
    name: user.profile?.display_name || user.real_name || user.name || user.id,
  }
}
