import { checkBlocks } from '../blocks/check.ts'
import { type Check, type Fields, isFields, list, object, oneOf, string, tagged } from '../blocks/shape.ts'
import { type Answer, refusal } from './api.ts'
import { nameBlocks, refuseContent } from './messages.ts'
import type { Workspace } from './workspace.ts'

/** docs.slack.dev/reference/methods/chat.startStream, …appendStream, …stopStream. */
export interface Streams {
  start(args: Fields): Promise<Answer>
  append(args: Fields): Promise<Answer>
  stop(args: Fields): Promise<Answer>
  /** A message that is streamed takes no edit. */
  isOpen(channel: string, ts: string): boolean
  /** Those that were begun. */
  begun(): number
}

/** Not documented; seen at about five minutes (slackapi/node-slack-sdk#2702). */
const LONGEST_MS = 5 * 60_000
const LONGEST_TEXT = 12_000

const taskUpdate = object(
  { id: string(255), title: string(3000), status: oneOf('pending', 'in_progress', 'complete', 'error') },
  { details: string(3000), output: string(3000) },
)
const checkChunks = (refused: ReadonlySet<string>): Check =>
  list(
    tagged({
      markdown_text: object({ text: string(LONGEST_TEXT) }),
      plan_update: object({ title: string(3000) }),
      task_update: taskUpdate,
      blocks: (chunk, at) =>
        isFields(chunk) ? checkBlocks('message', chunk.blocks, refused, `${at}/blocks`) : [`no blocks ${at}`],
    }),
    1,
    50,
  )

interface Stream {
  readonly channel: string
  readonly began: number
  isOpen: boolean
  title: string
  readonly tasks: Map<string, Fields>
  readonly blocks: Fields[]
}

export function openStreams(workspace: Workspace, refused: ReadonlySet<string>, now: () => number): Streams {
  const streams = new Map<string, Stream>()
  const keyOf = (channel: unknown, ts: unknown): string => `${channel} ${ts}`
  const live = (args: Fields): Stream | undefined => {
    const stream = streams.get(keyOf(args.channel, args.ts))
    if (stream && now() - stream.began >= LONGEST_MS) stream.isOpen = false
    return stream?.isOpen ? stream : undefined
  }
  const refuseChunks = (chunks: unknown, isOptional = false): Answer | undefined => {
    if (chunks === undefined && isOptional) return undefined
    const problems = checkChunks(refused)(chunks, '/chunks')
    return problems.length === 0
      ? undefined
      : refusal('invalid_chunks', {
          response_metadata: { messages: problems.map((each) => `[ERROR] ${each}`) },
        })
  }
  const take = (stream: Stream, chunks: unknown): void => {
    for (const chunk of Array.isArray(chunks) ? chunks.filter(isFields) : []) {
      if (chunk.type === 'plan_update') stream.title = String(chunk.title)
      if (chunk.type === 'task_update') stream.tasks.set(String(chunk.id), chunk)
      if (chunk.type === 'blocks') stream.blocks.push(...((chunk.blocks ?? []) as Fields[]))
    }
  }
  const show = (args: Fields, stream: Stream, more: Fields = {}): Promise<Answer> =>
    workspace.asBot('chat.update', { channel: args.channel, ts: args.ts, ...drawn(stream), ...more })

  return {
    async start(args) {
      if (typeof args.thread_ts !== 'string' || args.thread_ts === '')
        return refusal('invalid_arguments', { detail: 'a stream replies to somebody: thread_ts' })
      const isDirect = String(args.channel).startsWith('D')
      if (!isDirect && (args.recipient_user_id === undefined || args.recipient_team_id === undefined))
        return refusal('missing_recipient_user_id')
      if (
        args.task_display_mode !== undefined &&
        !['timeline', 'plan'].includes(String(args.task_display_mode))
      )
        return refusal('invalid_arguments')
      const wrong = refuseChunks(args.chunks)
      if (wrong) return wrong
      const stream: Stream = {
        ...{ channel: String(args.channel), began: now(), isOpen: true, title: '' },
        ...{ tasks: new Map(), blocks: [] },
      }
      take(stream, args.chunks)
      const { channel, thread_ts } = args
      const posted = await workspace.asBot('chat.postMessage', { channel, thread_ts, ...drawn(stream) })
      if (posted.ok) streams.set(keyOf(channel, posted.ts), stream)
      return posted.ok ? { ok: true, channel, ts: posted.ts } : posted
    },
    async append(args) {
      const stream = live(args)
      if (!stream) return refusal('message_not_in_streaming_state')
      const wrong = refuseChunks(args.chunks)
      if (wrong) return wrong
      take(stream, args.chunks)
      return show(args, stream)
    },
    async stop(args) {
      const stream = live(args)
      if (!stream) return refusal('message_not_in_streaming_state')
      const { blocks = [], metadata } = args
      const wrong = refuseChunks(args.chunks, true) ?? refuseContent({ blocks, metadata }, refused)
      if (wrong) return wrong
      take(stream, args.chunks)
      stream.blocks.push(...((blocks as readonly unknown[]).filter(isFields) as Fields[]))
      stream.isOpen = false
      return show(args, stream, metadata === undefined ? {} : { metadata })
    },
    isOpen: (channel, ts) => live({ channel, ts }) !== undefined,
    begun: () => streams.size,
  }
}

/** A streamed message has no text of its own. */
const drawn = ({ title, tasks, blocks }: Stream): Fields =>
  nameBlocks({
    text: ' ',
    blocks: [
      ...(title || tasks.size > 0
        ? [
            {
              type: 'plan',
              title,
              tasks: [...tasks.values()].map(({ id, title, status }) => ({
                ...{ type: 'task_card', task_id: id, title, status },
              })),
            },
          ]
        : []),
      ...blocks,
    ],
  })
