import type { App } from '@slack/bolt'
import type { PlainTextOption } from '@slack/types'
import { fleetRows } from '../../fleet/fleet-table.ts'
import { outcomesOf } from '../../fleet/runs/fleet-run.ts'
import { getFleet, hostsOfFleet } from '../../fleet/runs/fleet-store.ts'
import { LIMITS } from '../../slack/limits.ts'
import { actionIds } from '../../slack/messages/action-ids.ts'
import { oneLine } from '../../text/shorten.ts'
import type { Capabilities } from '../capabilities.ts'
import { isRowId } from '../find-run.ts'
import { type Caller, guard, type SlackRequest } from '../guard.ts'
import { fleetMenuEntry } from '../routes.ts'

/** The menu below a fleet's table: which hosts it has, Slack asks when somebody opens it. */
export function onFleetMenu(app: App, bot: Capabilities): void {
  app.options(actionIds.fleetHost, async ({ body, ack }) => {
    const { user, team, channel, value } = body
    const caller: Caller = {
      team: team?.id ?? user.team_id ?? '',
      user: user.id,
      channel: channel?.id ?? '',
      responseUrl: null,
      trigger: '',
      text: value,
    }
    let options: PlainTextOption[] = []
    await guard(bot, fleetMenuEntry, caller, async (request) => {
      options = await hostOptionsOf(bot, request, body.block_id.replace(/^fleet_/, ''))
      return undefined
    })
    await ack({ options })
  })
}

/** The worst first, those with what was typed in their names, as far as the reader may see them. */
export async function hostOptionsOf(
  { store }: Pick<Capabilities, 'store'>,
  request: Pick<SlackRequest, 'team' | 'text' | 'may'>,
  fleetId: string,
): Promise<PlainTextOption[]> {
  const fleet = isRowId(fleetId) ? await getFleet(store, fleetId) : null
  if (fleet?.team !== request.team) return []
  const { topic } = fleet
  const part = request.text.trim().toLowerCase()
  const hosts = await hostsOfFleet(store, fleet.id)
  const runs = new Map(hosts.map(({ host, run }) => [host, run.id]))
  return fleetRows(outcomesOf(hosts))
    .filter(({ host }) => host.toLowerCase().includes(part) && request.may('read', { host, topic }).allowed)
    .slice(0, LIMITS.options)
    .map(({ mark, host, said }) => ({
      text: {
        type: 'plain_text',
        text: oneLine(`${mark} ${host}: ${said}`, LIMITS.optionText),
        emoji: false,
      },
      // A run may be in two fleets: it is shown where it was chosen.
      value: `${fleet.id} ${runs.get(host) ?? ''}`,
    }))
}
