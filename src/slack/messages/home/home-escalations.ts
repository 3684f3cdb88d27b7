import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { acknowledgeButton, actions, levelLines } from '../escalation/escalation-message.ts'
import { bold, lines, text } from '../rich-text.ts'
import type { HomeEscalation, Listed } from './home-view.ts'
import { threadLink } from './thread-link.ts'

/** Who has what since when, what happens next, and a button for whoever may answer. */
export const escalationBlocks = ({ shown, more }: Listed<HomeEscalation>): MessageBlock[] => [
  ...shown.flatMap(blocksOf),
  ...(more > 0 ? [lines(text(`and ${more} more`))] : []),
]

function blocksOf({ id, host, topic, escalation, isTheirs, url }: HomeEscalation): MessageBlock[] {
  const waits = escalation.state !== 'acknowledged'
  return [
    lines(
      [...bold(oneLine(`${topic} on ${host}`, 150)), ...threadLink(url)],
      ...levelLines(escalation, false),
    ),
    ...(waits && isTheirs
      ? [actions(`home_escalation_${id}`, [acknowledgeButton({ ...escalation, id })])]
      : []),
  ]
}
