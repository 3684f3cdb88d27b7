import type { Run } from '../../../runs/run.ts'
import type { MessageBlock } from '../../blocks.ts'
import { LIMITS } from '../../limits.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import { inline, paragraph } from '../rich-text.ts'

/**
 * For whoever asked alone, where the bot is not in the channel, while the run is under way: they can still invite the
 * bot before the verdict is there.
 */
export function notHereMessage({
  channel,
  topic,
  host,
  state,
}: Pick<Run, 'channel' | 'topic' | 'host' | 'state'>): Message {
  const sentence = isDirectMessage(channel)
    ? 'I cannot write here, so the verdict comes to you alone.'
    : 'I am not in this channel: `/invite @debvisor` now, and everybody here sees the verdict. Otherwise it comes to you alone.'
  const stage =
    state === 'queued' ? `${topic} on ${host} waits for its turn.` : `${topic} on ${host} is being examined.`
  return makeMessage(`${stage} ${sentence.replaceAll('`', '')}`, [
    paragraph(...inline(`${stage} ${sentence}`, 2_000)),
  ])
}

/**
 * The verdict for whoever asked alone: why nobody else sees it, how to change that, and *Check again*. The message's other
 * buttons are left out, because what they do is shown in a thread that is not there.
 */
export function privateCopy({ id, channel }: Pick<Run, 'id' | 'channel'>, shown: Message): Message {
  const sentence = isDirectMessage(channel)
    ? 'Only you can read this, because I cannot write here. To share a verdict, ask for it in a channel that I am in.'
    : 'I am not in this channel, so only you can read this: `/invite @debvisor`, then click Check again.'
  const blocks: MessageBlock[] = [
    paragraph(...inline(sentence, 2_000)),
    { type: 'actions', elements: [button(actionIds.again, 'Check again', id)] },
    ...withoutThread(shown.blocks.filter((block) => block.type !== 'actions')),
  ]
  return { text: shown.text, blocks: blocks.slice(0, LIMITS.blocks) }
}

/** What is left out here stands nowhere else: "(2 more in the thread)" would send people to a thread that is not there. */
const withoutThread = (blocks: readonly MessageBlock[]): MessageBlock[] =>
  JSON.parse(JSON.stringify(blocks).replaceAll(/( \((?:and )?\d+ more) in the thread\)/g, '$1)'))

/** Nobody can be invited into a direct message of two people. */
const isDirectMessage = (channel: string): boolean => channel.startsWith('D')
