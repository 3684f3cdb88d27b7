import type { AnyChunk, PlanBlock, TaskCardBlock } from '@slack/types'
import type { Clock } from '../../async/clock.ts'
import type { MessageBlock } from '../blocks.ts'
import { isUnderWayBlock, type Message } from '../message.ts'
import type { Destination, IsWanted } from './destination.ts'
import { findMessage, type MessageKey, metadataOf } from './find-message.ts'
import type { Send } from './message-updates.ts'
import { assertWanted } from './post-message.ts'
import { type CallResult, given } from './retry-call.ts'
import type { SlackConnection } from './slack-connection.ts'

/** Slack ends a stream after about five minutes, whatever is appended (slackapi/node-slack-sdk#2702). */
const LONGEST_MS = 4 * 60_000

/** What this process has streamed. Another one that goes on edits the message. */
interface Stream {
  readonly key: MessageKey
  readonly endsAt: number
  /** What Slack shows of the plan, by task. */
  readonly shown: Map<string, string>
}

/**
 * Progress as Slack's panel for agents shows it: a plan whose tasks tick off while the message is streamed. It is an
 * ordinary message once it is whole, and is edited as one from then on; so it is where Slack takes no stream.
 */
export interface Streams {
  /** Begins to stream the message. Where it fails, what was refused may be posted instead. */
  start(destination: Destination, message: Message, key: MessageKey): Promise<CallResult<string>>
  /** As `edit`, but progress of a stream is appended, and a stream is ended before its message is edited. */
  readonly change: Send
}

export function makeStreams(connection: SlackConnection, clock: Pick<Clock, 'elapsed'>, edit: Send): Streams {
  const { client, caller } = connection
  const streams = new Map<string, Stream>()
  const keyOf = (channel: string, ts: string): string => `${channel}:${ts}`

  async function append(channel: string, ts: string, { shown }: Stream, message: Message): Promise<boolean> {
    const chunks = planChunks(message).filter((chunk) => shown.get(idOf(chunk)) !== JSON.stringify(chunk))
    if (chunks.length === 0) return true
    const once = () => client.chat.appendStream({ channel, ts, chunks })
    const sent = await caller.call({ rateLimitKey: 'chat.appendStream', once, tries: 1 })
    if (sent.ok) for (const chunk of chunks) shown.set(idOf(chunk), JSON.stringify(chunk))
    return sent.ok
  }

  /** Whatever Slack answers: what then cannot be edited shows the blocks that it was ended with. */
  async function end(
    channel: string,
    ts: string,
    about: { key?: MessageKey; blocks?: readonly MessageBlock[]; isWanted?: IsWanted | undefined },
  ) {
    const { key, blocks, isWanted } = about
    const more = { ...(key ? { metadata: metadataOf(key) } : {}), ...(blocks ? { blocks: [...blocks] } : {}) }
    const once = async () => {
      assertWanted({ isWanted })
      return client.chat.stopStream({ channel, ts, ...more })
    }
    const ended = await caller.call({ rateLimitKey: 'chat.stopStream', once, tries: 2 })
    if (!ended.ok && blocks) await end(channel, ts, { isWanted, ...(key ? { key } : {}) })
  }

  return {
    async start(destination, message, key) {
      const { channel, thread = '' } = destination
      const chunks = [
        ...planChunks(message),
        { type: 'blocks', blocks: besidePlan(message) } satisfies AnyChunk,
      ]
      const about = { channel, thread_ts: thread, task_display_mode: 'plan', chunks }
      const started = await caller.call({
        rateLimitKey: `chat.startStream ${channel}`,
        once: async () => {
          assertWanted(destination)
          return given((await client.chat.startStream(about)).ts)
        },
        tries: 1,
        alreadyDone: () => findMessage(client, channel, key, thread).catch(() => undefined),
      })
      for (const [old, { endsAt }] of streams) if (endsAt < clock.elapsed()) streams.delete(old)
      if (!started.ok) return started
      const shown = new Map(planChunks(message).map((chunk) => [idOf(chunk), JSON.stringify(chunk)]))
      const stream = { key, endsAt: clock.elapsed() + LONGEST_MS, shown }
      streams.set(keyOf(channel, started.value), stream)
      return started
    },

    async change(channel, ts, message, how) {
      const { urgent, isWanted } = how
      const stream = streams.get(keyOf(channel, ts))
      const lives = stream && stream.endsAt > clock.elapsed()
      if (lives && !urgent && (await append(channel, ts, stream, message))) return { ok: true, value: ts }
      if (stream) {
        streams.delete(keyOf(channel, ts))
        await end(channel, ts, { key: stream.key, isWanted, ...(urgent ? { blocks: message.blocks } : {}) })
      }
      const edited = await edit(channel, ts, message, how)
      if (edited.ok || !edited.detail.startsWith('streaming_state_conflict')) return edited
      // Who began to stream it is gone.
      await end(channel, ts, { isWanted })
      return edit(channel, ts, message, how)
    },
  }
}

const planOf = ({ blocks }: Message): PlanBlock | undefined => blocks.find((block) => block.type === 'plan')

const besidePlan = ({ blocks }: Message): MessageBlock[] => blocks.filter((block) => block.type !== 'plan')

function planChunks(message: Message): AnyChunk[] {
  const plan = planOf(message)
  if (!plan) return []
  const tasks = (plan.tasks ?? []) as readonly TaskCardBlock[]
  return [
    { type: 'plan_update', title: plan.title },
    ...tasks.map(
      ({ task_id: id, title, status = 'pending' }): AnyChunk => ({ type: 'task_update', id, title, status }),
    ),
  ]
}

const idOf = (chunk: AnyChunk): string => (chunk.type === 'task_update' ? chunk.id : chunk.type)

/** A stream has no metadata until it ends: without the block by which it is found again, it is not begun. */
export const isStreamable = (message: Message, { run }: MessageKey): boolean =>
  planOf(message) !== undefined && message.blocks.some((block) => isUnderWayBlock(block, run))
