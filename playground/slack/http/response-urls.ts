import { randomBytes } from 'node:crypto'
import { type Fields, isFields } from '../blocks/shape.ts'
import { type Answer, refusal } from '../state/api.ts'
import type { Ephemerals } from '../state/ephemerals.ts'
import { nameBlocks, refuseContent } from '../state/messages.ts'
import type { Workspace } from '../state/workspace.ts'

/** docs.slack.dev/interactivity/handling-user-interaction: five answers within thirty minutes. */
const USES = 5
const LIFE_MS = 30 * 60 * 1000

/** What was sent to a response_url. */
export interface ReceivedResponse extends Fields {
  readonly text: string
  readonly blocks?: readonly Fields[]
  readonly response_type: 'ephemeral' | 'in_channel'
}

/** Where the click or command came from. */
export interface Origin {
  readonly user: string
  readonly channel: string
  /** The message that was clicked; `private` when only that user sees it. */
  readonly message?: { readonly ts: string; readonly private: boolean }
}

export interface IssuedUrl {
  readonly url: string
  responses(): readonly ReceivedResponse[]
}

export interface ResponseUrls {
  issue(origin: Origin): IssuedUrl
  /** A POST to `/actions/…`: the HTTP status and the answer's body. */
  take(path: string, body: string): Promise<{ readonly status: number; readonly answer: Answer }>
  /** Shows a message as its sender asks: to the user alone, or in the channel. Acknowledgements too. */
  show(origin: Origin, content: Fields): Promise<Answer>
  /** All that was to be shown so, whether Slack took it or not. */
  sent(): readonly Fields[]
}

export interface ResponseUrlsOptions {
  readonly origin: string
  readonly workspace: Workspace
  readonly ephemerals: Ephemerals
  readonly refusedBlocks: ReadonlySet<string>
  now(): number
}

interface Issued {
  readonly origin: Origin
  readonly at: number
  readonly received: ReceivedResponse[]
}

export function openResponseUrls(options: ResponseUrlsOptions): ResponseUrls {
  const issued = new Map<string, Issued>()
  const sent: Fields[] = []
  const show = (origin: Origin, content: Fields) => {
    sent.push(content)
    return showMessage(options, origin, content)
  }
  return {
    show,
    sent: () => sent,
    issue(origin) {
      const path = `/actions/${options.workspace.teamId}/${randomBytes(12).toString('hex')}`
      const received: ReceivedResponse[] = []
      issued.set(path, { origin, at: options.now(), received })
      return { url: options.origin + path, responses: () => received }
    },
    async take(path, body) {
      const one = issued.get(path)
      if (!one || options.now() - one.at > LIFE_MS) return { status: 404, answer: refusal('expired_url') }
      if (one.received.length >= USES) return { status: 404, answer: refusal('used_url') }
      const content = parse(body)
      if (!isFields(content)) return { status: 400, answer: refusal('invalid_payload') }
      const answer = await show(one.origin, content)
      if (!answer.ok) return { status: 400, answer }
      one.received.push(asReceived(content))
      return { status: 200, answer }
    },
  }
}

async function showMessage(options: ResponseUrlsOptions, origin: Origin, content: Fields): Promise<Answer> {
  const refused = refuseContent(content, options.refusedBlocks)
  if (refused) return refused
  const { response_type, replace_original, delete_original, ...rest } = nameBlocks(content)
  const { message } = origin
  if (message && (isTrue(replace_original) || isTrue(delete_original))) {
    return change(options, origin.channel, message, isTrue(delete_original) ? undefined : rest)
  }
  if (!isTrue(delete_original) && !hasContent(rest)) return refusal('no_text')
  if (response_type !== 'in_channel') {
    options.ephemerals.keep(origin.user, origin.channel, rest)
    return { ok: true }
  }
  return options.workspace.asReader('chat.postMessage', { ...rest, channel: origin.channel })
}

async function change(
  options: ResponseUrlsOptions,
  channel: string,
  message: NonNullable<Origin['message']>,
  content: Fields | undefined,
): Promise<Answer> {
  const { ts } = message
  if (!message.private) {
    return options.workspace.asReader(content ? 'chat.update' : 'chat.delete', { ...content, channel, ts })
  }
  if (content) options.ephemerals.replace(ts, content)
  else options.ephemerals.remove(ts)
  return { ok: true }
}

const isTrue = (value: unknown): boolean => value === true || value === 'true'
const hasContent = (content: Fields): boolean =>
  Boolean(content.text) || (Array.isArray(content.blocks) && content.blocks.length > 0)

export function asReceived(content: Fields): ReceivedResponse {
  return {
    ...content,
    text: typeof content.text === 'string' ? content.text : '',
    response_type: content.response_type === 'in_channel' ? 'in_channel' : 'ephemeral',
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
