import type { ActionsBlock, RichTextElement } from '@slack/types'
import { apartWords, type ComparedGroup, comparedTitle } from '../../../fleet/compared-groups.ts'
import { type FleetRow, fleetRows, type SharedCause, sharedCauses } from '../../../fleet/fleet-table.ts'
import { outcomesOf } from '../../../fleet/runs/fleet-run.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { bold, bullets, context, lines, mention, rich, section, text } from '../rich-text.ts'
import { fleetTable } from './fleet-table-block.ts'
import {
  aboutFleet,
  type FleetView,
  fleetFooter,
  fleetHeadline,
  isOpenRow,
  listedHosts,
} from './fleet-view.ts'

const MOST_CAUSES = 5
const MOST_NAMES = 12
const MOST_GROUPS = 2
const MOST_APART = 4
/** Of what sets hosts apart: the table has what is left. */
const ROOM_APART = 2_600

interface Told {
  /** False: there is no thread, and nothing is said of its files. */
  readonly hasFiles?: boolean
}

/** How many hosts stand how, which are not well and why, what they share, and what sets them apart: the one answer. */
export function fleetAnswer(view: FleetView, { hasFiles = true }: Told = {}): Message {
  const { fleet } = view
  const outcomes = outcomesOf(view.hosts)
  const rows = fleetRows(outcomes)
  const open = rows.filter(isOpenRow)
  const above = [
    lines(
      bold(fleetHeadline(view)),
      fleet.cancelledBy ? [...text('Cancelled by '), ...mention(fleet.cancelledBy)] : [],
    ),
    ...causes(sharedCauses(outcomes), outcomes.length),
  ]
  const below = [
    ...names(rows),
    ...apart(fleet.compared ?? [], { hasFiles }),
    ...(isLeftOut(view) ? [context(LEFT_OUT)] : []),
    ...(rows.length > 0 ? [actions(view, open)] : []),
    context(fleetFooter(view)),
  ]
  const room = LIMITS.blocksJson - JSON.stringify([...above, ...below]).length - 200
  return makeMessage(fleetHeadline(view), [...above, ...table(view, open, { room, hasFiles }), ...below])
}

const LEFT_OUT =
  'What sets the hosts in trouble apart is left out: comparing that much would have taken too long.'

const isLeftOut = ({ fleet }: FleetView): boolean => fleet.endedAt !== null && fleet.compared === null

function table(
  { fleet }: FleetView,
  open: readonly FleetRow[],
  { room, hasFiles }: { readonly room: number } & Required<Told>,
): MessageBlock[] {
  if (open.length === 0) return []
  const { block, shown } = fleetTable(aboutFleet(fleet), open, room)
  const left = open.length - shown
  return [
    block,
    ...(left > 0
      ? [
          lines(
            text(
              `and ${left} more ${left === 1 ? 'host that is' : 'hosts that are'} not well${hasFiles ? ', in the file below' : ''}`,
            ),
          ),
        ]
      : []),
  ]
}

/** What only one host has stands in its own row already. */
function causes(shared: readonly SharedCause[], all: number): MessageBlock[] {
  if (shared.length === 0) return []
  const items = shared.slice(0, MOST_CAUSES).map(({ title, subject, hosts }): RichTextElement[] => [
    ...bold(`${hosts.length} of ${all}: `),
    ...text(oneLine(title + (subject === undefined ? '' : ` (${subject})`), 140)),
    ...text(
      `: ${listedHosts(
        hosts.map(({ host }) => host),
        MOST_NAMES,
      )}`,
    ),
  ])
  return [rich(section(...bold('The same cause')), ...bullets(items))]
}

/** Hosts of which there is nothing to tell but their names. */
function names(rows: readonly FleetRow[]): MessageBlock[] {
  const of = (standing: FleetRow['standing']): string[] =>
    rows.filter((row) => row.standing === standing).map(({ host }) => host)
  const [healthy, stopped] = [of('healthy'), of('stopped')]
  const line = (words: string, hosts: readonly string[]): RichTextElement[] =>
    hosts.length === 0 ? [] : text(`${words}: ${listedHosts(hosts, MOST_NAMES)}`)
  const told = [line('🟢 healthy', healthy), line('⚪ stopped before their verdicts', stopped)]
  return told.some((each) => each.length > 0) ? [lines(...told)] : []
}

/** The clearest of each group, as much as there is room for; all that was found is in the file. */
function apart(groups: readonly ComparedGroup[], { hasFiles }: Required<Told>): MessageBlock[] {
  const blocks: MessageBlock[] = []
  for (const group of groups.slice(0, MOST_GROUPS)) {
    const items = group.apart.slice(0, MOST_APART)
    for (let shown = items.length; shown > 0; shown--) {
      const left = group.apart.length - shown + group.more
      const block = rich(
        section(...bold(comparedTitle(group))),
        ...bullets([
          ...items.slice(0, shown).map(apartItem),
          ...(left > 0 ? [text(`and ${left} more${hasFiles ? ', in the file' : ''}`)] : []),
        ]),
      )
      if (JSON.stringify([...blocks, block]).length > ROOM_APART) continue
      blocks.push(block)
      break
    }
  }
  return blocks
}

const apartItem = (found: ComparedGroup['apart'][number]): RichTextElement[] => {
  const { said, lines: changed } = apartWords(found)
  return [
    ...text(oneLine(said, 300)),
    ...changed.flatMap((line) => [...text('\n'), ...text(oneLine(line, 100), { code: true })]),
  ]
}

/** Its hosts are asked for when somebody opens the menu: together they would leave no room for the table. */
function actions({ fleet, hosts }: FleetView, open: readonly FleetRow[]): ActionsBlock {
  const some = open.length > 0 && open.length < hosts.length
  return {
    type: 'actions',
    block_id: `fleet_${fleet.id}`,
    elements: [
      button(actionIds.againFleet, 'Check again', fleet.id),
      ...(some ? [button(actionIds.againFleetOpen, `Check the ${open.length} not well`, fleet.id)] : []),
      {
        type: 'external_select',
        action_id: actionIds.fleetHost,
        min_query_length: 0,
        placeholder: { type: 'plain_text', text: 'Details of a host', emoji: false },
      },
    ],
  }
}
