import type { RichTextElement } from '@slack/types'
import { countStandings, type FleetRow, fleetRows } from '../../../fleet/fleet-table.ts'
import { type FleetHost, outcomesOf } from '../../../fleet/runs/fleet-run.ts'
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
    ...(critical > 0 ? [`${critical} in trouble`] : []),
    ...(warning > 0 ? [`${warning} with warnings`] : []),
    ...(unreachable > 0 ? [`${unreachable} unreachable`] : []),
  ]
  const headline = `⏳ ${aboutFleet(fleet)}: ${done}${soFar.length > 0 ? `, ${soFar.join(', ')} so far` : ''}`
  const open = fleetRows(outcomes).filter(isOpenRow)
  const left = outcomes.length > 0 ? leftWords(openHosts(view)) : ''
  return makeMessage(headline, [
    rich(
      section(...bold(headline), ...text(left === '' ? '' : `\n${left}`)),
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

/** "4 being asked, 19 wait for their turn" */
function leftWords(left: readonly FleetHost[]): string {
  const names = left.map(({ host }) => host)
  if (left.length <= FEW_OPEN) return left.length === 0 ? '' : `Waiting for ${listedHosts(names, FEW_OPEN)}`
  const asked = left.filter(({ run }) => run.state === 'running').length
  const waiting = left.length - asked
  return [
    ...(asked > 0 ? [`${asked} being asked`] : []),
    ...(waiting > 0 ? [waiting === 1 ? '1 waits for its turn' : `${waiting} wait for their turn`] : []),
  ].join(', ')
}

/** "🔴 web2: PostgreSQL is down" */
const rowLine = ({ mark, host, said }: FleetRow): RichTextElement[] => [
  ...text(`${mark} `),
  ...bold(oneLine(host, 60)),
  ...text(`: ${oneLine(said, 160)}`),
]
