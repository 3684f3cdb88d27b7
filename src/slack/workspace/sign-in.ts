import type { WebClient } from '@slack/web-api'
import type { Clock } from '../../async/clock.ts'
import type { SlackAccess } from '../../config/slack.ts'
import { makePeople } from '../directory/people.ts'
import { makeUsergroups } from '../directory/usergroups.ts'
import { makeClient, type OnCall, SLACK_API, type SlackLog } from '../transport/client.ts'
import { makeDelivery } from '../transport/delivery.ts'
import { readError } from '../transport/slack-failure.ts'
import type { Workspace } from './workspace.ts'

/** Whom Slack takes the bot for. */
export interface BotIdentity {
  readonly token: string
  readonly team: string
  /** Bot id and the user that it is. */
  readonly id: string
  readonly user: string
}

/**
 * Signs in, and throws one sentence where Slack refuses or is not reached. `clock` measures Slack's pace and the age of
 * what it said of people.
 */
export async function connectToSlack(
  access: SlackAccess,
  {
    clock,
    log,
    onCall,
  }: { readonly clock: Clock; readonly log: SlackLog; readonly onCall?: OnCall | undefined },
): Promise<{ readonly self: BotIdentity; readonly workspace: Workspace }> {
  const client = makeClient(access.botToken, { apiUrl: access.apiUrl ?? SLACK_API, log, onCall })
  const self = await whoAmI(client, access)
  const people = makePeople(client, clock)
  const workspace: Workspace = {
    delivery: makeDelivery({ client, clock, log, self }),
    person: people.person,
    displayName: async (user) => (await people.displayName(user)) ?? user,
    memberships: makeUsergroups(client, clock).memberships,
  }
  return { self, workspace }
}

/** One auth.test at the start: a wrong token is told now, in one sentence. */
async function whoAmI(
  client: WebClient,
  { botToken, team: wanted, apiUrl }: SlackAccess,
): Promise<BotIdentity> {
  const said = await client.auth.test().catch((error: unknown) => {
    const { reason, detail } = readError(error).failure
    throw new Error(
      reason === 'refused'
        ? `Slack says ${detail} to the bot token. Look at SLACK_BOT_TOKEN (xoxb-…).`
        : `Slack cannot be reached at ${apiUrl ?? SLACK_API}: ${detail}. Look at the network, and at \`slack.apiUrl\` in debvisor.yml.`,
    )
  })
  const { team_id: team, bot_id: id, user_id: user } = said
  if (!team || !id || !user) throw new Error('SLACK_BOT_TOKEN is not the token of a bot (xoxb-…).')
  if (wanted && wanted !== team) {
    throw new Error(
      `The bot token belongs to workspace ${team}, but slack.team in the configuration is ${wanted}.`,
    )
  }
  return { token: botToken, team, id, user }
}
