import type { FleetRun } from '../../../fleet/runs/fleet-run.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'
import { type Message, makeMessage } from '../../message.ts'
import { inline, paragraph } from '../rich-text.ts'
import { aboutFleet } from './fleet-view.ts'

const isDirect = ({ channel }: FleetRun): boolean => channel.startsWith('D')

/** For whoever asked alone, while it is under way in a channel that the bot is not in: they can still invite it. */
export function fleetNotHere(fleet: FleetRun): Message {
  const sentence = isDirect(fleet)
    ? 'I cannot write here, so the answer comes to you alone.'
    : 'I am not in this channel: `/invite @debvisor` now, and everybody here sees the answer. Otherwise it comes to you alone.'
  const said = `Diagnosing ${aboutFleet(fleet)}.`
  return makeMessage(`${said} ${sentence.replaceAll('`', '')}`, [
    paragraph(...inline(`${said} ${sentence}`, 2_000)),
  ])
}

/** The answer for whoever asked alone, without what would need a thread. */
export function fleetPrivateCopy(fleet: FleetRun, shown: Message): Message {
  const sentence = isDirect(fleet)
    ? 'Only you can read this, because I cannot write here.'
    : 'I am not in this channel, so only you can read this: `/invite @debvisor`, then ask again.'
  const blocks: MessageBlock[] = [
    paragraph(...inline(sentence, 2_000)),
    ...shown.blocks.filter((block) => block.type !== 'actions'),
  ]
  return { text: shown.text, blocks: blocks.slice(0, LIMITS.blocks) }
}
