import type { RichTextElement } from '@slack/types'
import { countStandings, type FleetRow, fleetRows } from '../../../fleet/fleet-table.ts'
import { outcomesOf } from '../../../fleet/runs/fleet-run.ts'
import { oneLine } from '../../../text/shorten.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, bullets, context, rich, section, text } from '../rich-text.ts'
import { aboutFleet, type FleetView, fleetFooter, isOpenRow, listedHosts, openHosts } from './fleet-view.ts'

/** Whoever waits wants to know how bad it is; all of them are in the answer. */
const MOST_SO_FAR = 8
/** Once they are few, they are the slow ones. */
const FEW_OPEN = 3

/** While its hosts are asked: how far it is, and what is wrong so far, the worst first. */
export function fleetProgress(view: FleetView): Message {
  const { fleet, hosts } = view
  const outcomes = outcomesOf(hosts)
  const done = `${outcomes.length} of ${hosts.length} hosts done`
  const { critical, warning, unreachable } = countStandings(outcomes)
  const soFar = [
    ...(critical + warning > 0 ? [`${critical + warning} in trouble`] : []),
    ...(unreachable > 0 ? [`${unreachable} unreachable`] : []),
  ]
  const headline = `⏳ ${aboutFleet(fleet)}: ${done}${soFar.length > 0 ? `, ${soFar.join(', ')} so far` : ''}`
  const open = fleetRows(outcomes).filter(isOpenRow)
  const waited = openHosts(view).map(({ host }) => host)
  const isSlow = outcomes.length > 0 && waited.length > 0 && waited.length <= FEW_OPEN
  return makeMessage(headline, [
    rich(
      section(...bold(headline), ...(isSlow ? text(`\nWaiting for ${listedHosts(waited, FEW_OPEN)}`) : [])),
      ...bullets(open.slice(0, MOST_SO_FAR).map(rowLine)),
      ...(open.length > MOST_SO_FAR ? [section(...text(`and ${open.length - MOST_SO_FAR} more`))] : []),
    ),
    {
      type: 'actions',
      block_id: `fleet_${fleet.id}`,
      elements: [button(actionIds.cancelFleet, 'Cancel', fleet.id)],
    },
    context(fleetFooter(view)),
  ])
}

/** "🔴 web2: PostgreSQL is down" */
const rowLine = ({ mark, host, said }: FleetRow): RichTextElement[] => [
  ...text(`${mark} `),
  ...bold(oneLine(host, 60)),
  ...text(`: ${oneLine(said, 160)}`),
]
