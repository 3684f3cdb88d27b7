import type { KnownBlock } from '@slack/types'
import { oneLine } from '../../../text/shorten.ts'
import { actionIds, button } from '../action-ids.ts'
import { escalationLine } from '../escalation/buttons.ts'
import { actions } from '../escalation/escalation-message.ts'
import { bold, lines, moment, text } from '../rich-text.ts'
import type { HomeEscalation, Listed } from './home-view.ts'
import { threadLink } from './thread-link.ts'

/** Who has what since when, and until when somebody is to answer. */
export const escalationBlocks = ({ shown, more }: Listed<HomeEscalation>): KnownBlock[] => [
  ...shown.flatMap(blocksOf),
  ...(more > 0 ? [lines(text(`and ${more} more`))] : []),
]

function blocksOf({ id, host, topic, escalation, isTheirs, url }: HomeEscalation): KnownBlock[] {
  const waits = escalation.state !== 'acknowledged'
  const due =
    waits && escalation.dueAt ? [...text('To be acknowledged by '), ...moment(escalation.dueAt)] : []
  return [
    lines(
      [...bold(oneLine(`${topic} on ${host}`, 150)), ...threadLink(url)],
      escalationLine(escalation),
      due,
    ),
    ...(waits && isTheirs
      ? [actions(`home_escalation_${id}`, [button(actionIds.acknowledge, 'Acknowledge', id)])]
      : []),
  ]
}
