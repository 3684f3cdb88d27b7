import type { People } from '../directory/people.ts'
import type { Usergroups } from '../directory/usergroups.ts'
import type { Delivery } from '../transport/delivery.ts'

/** The Slack workspace that the bot serves: what the bot says there, and who is who. */
export interface Workspace extends Pick<People, 'person'>, Usergroups {
  readonly delivery: Delivery
  /** "Ana Torres"; the id where Slack does not say it. */
  displayName(user: string): Promise<string>
}
