import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LONGEST_BLOCKS, refuseBlocks, refuseView } from './block-rules.ts'

export interface Kept {
  readonly ts: string
  readonly channel: string
  readonly thread: string | undefined
  text: string
  blocks: { type: string; block_id?: string }[]
  metadata: unknown
  files?: { id: string; name: string }[]
}

export interface Asked {
  readonly method: string
  readonly body: Readonly<Record<string, string>>
}

/** What happens to the next requests of a method, one each. `lost`: Slack does it, and the answer never arrives. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: 'lost' }

type Answer = Record<string, unknown>
type Method = (body: Readonly<Record<string, string>>) => Answer

/**
 * Slack as far as delivery talks to it: refuses what Slack refuses, keeps what it took, breaks on demand. Over real sockets, so the Slack client
 * under test is the real one.
 */
export async function startStandIn() {
  const messages: Kept[] = []
  const whispers: Answer[] = []
  const views = new Map<string, unknown>()
  const asked: Asked[] = []
  const faults = new Map<string, Fault[]>()
  const refusedKinds = new Set<string>()
  const triggers = new Set<string>()
  const users = new Map<string, Answer>()
  const channels = new Set(['C1', 'C2'])
  let count = 0

  const checkBlocks = (json: string | undefined): Answer | undefined => {
    if (json === undefined) return undefined
    if (json.length > LONGEST_BLOCKS) return { ok: false, error: 'msg_blocks_too_long' }
    const blocks = JSON.parse(json) as { type: string }[]
    const reasons = refuseBlocks(blocks)
    blocks.forEach((block, at) => {
      if (refusedKinds.has(block.type))
        reasons.push(`unsupported type: ${block.type} [json-pointer:/blocks/${at}/type]`)
    })
    if (reasons.length === 0) return undefined
    const said = reasons.map((reason) => `[ERROR] ${reason}`)
    return { ok: false, error: 'invalid_blocks', errors: reasons, response_metadata: { messages: said } }
  }

  const keep = (body: Readonly<Record<string, string>>): Kept => {
    const kept: Kept = {
      ts: `1762351320.${String(++count).padStart(6, '0')}`,
      channel: body.channel ?? '',
      thread: body.thread_ts,
      text: body.text ?? '',
      blocks: JSON.parse(body.blocks ?? '[]') as Kept['blocks'],
      metadata: JSON.parse(body.metadata ?? 'null'),
    }
    messages.push(kept)
    return kept
  }

  const here = (channel: string | undefined): Answer | undefined =>
    channels.has(channel ?? '') || channel?.startsWith('D')
      ? undefined
      : { ok: false, error: 'not_in_channel' }

  const methods: Readonly<Record<string, Method>> = {
    'chat.postMessage': (body) => {
      const refusal = here(body.channel) ?? checkBlocks(body.blocks)
      return refusal ?? { ok: true, channel: body.channel, ts: keep(body).ts }
    },
    'chat.update': (body) => {
      const message = messages.find((m) => m.ts === body.ts && m.channel === body.channel)
      if (!message) return { ok: false, error: 'message_not_found' }
      if ((body.text ?? '').length > 4_000) return { ok: false, error: 'msg_too_long' }
      const refusal = checkBlocks(body.blocks)
      if (refusal) return refusal
      message.text = body.text ?? ''
      message.blocks = JSON.parse(body.blocks ?? '[]') as Kept['blocks']
      return { ok: true, channel: body.channel, ts: body.ts }
    },
    'chat.postEphemeral': (body) => {
      const refusal = here(body.channel) ?? checkBlocks(body.blocks)
      if (!refusal) whispers.push(body)
      return refusal ?? { ok: true, message_ts: '1.1' }
    },
    'chat.getPermalink': (body) => ({
      ok: true,
      permalink: `https://x.slack.com/archives/${body.channel}/p${body.message_ts}`,
    }),
    'conversations.history': (body) => ({ ok: true, messages: shown(body.channel, undefined) }),
    'conversations.replies': (body) => ({ ok: true, messages: shown(body.channel, body.ts) }),
    'conversations.open': (body) =>
      users.has(body.users ?? '')
        ? { ok: true, channel: { id: `D${body.users}` } }
        : { ok: false, error: 'user_not_found' },
    'users.info': (body) => {
      const user = users.get(body.user ?? '')
      return user ? { ok: true, user } : { ok: false, error: 'user_not_found' }
    },
    'views.open': (body) => {
      const reasons = refuseView(JSON.parse(body.view ?? 'null'))
      if (reasons.length > 0)
        return { ok: false, error: 'invalid_arguments', response_metadata: { messages: reasons } }
      if (!triggers.delete(body.trigger_id ?? '')) return { ok: false, error: 'expired_trigger_id' }
      const id = `V${++count}`
      views.set(id, JSON.parse(body.view ?? 'null'))
      return { ok: true, view: { id } }
    },
    'views.update': (body) => {
      views.set(body.view_id ?? '', JSON.parse(body.view ?? 'null'))
      return { ok: true, view: { id: body.view_id } }
    },
    'files.getUploadURLExternal': (body) => {
      const file_id = `F${++count}`
      uploads.set(file_id, { name: body.filename ?? '', content: '' })
      return { ok: true, file_id, upload_url: `${origin}/upload/${file_id}` }
    },
    'files.completeUploadExternal': (body) => {
      const files = (JSON.parse(body.files ?? '[]') as { id: string }[]).map(({ id }) => ({
        id,
        name: uploads.get(id)?.name ?? '',
      }))
      keep({
        channel: body.channel_id ?? '',
        ...(body.thread_ts ? { thread_ts: body.thread_ts } : {}),
      }).files = files
      return { ok: true, files }
    },
    hook: (body) => {
      const refusal = checkBlocks(body.blocks)
      if (!refusal) whispers.push(body)
      return refusal ?? { ok: true }
    },
  }

  const uploads = new Map<string, { name: string; content: string }>()
  const shown = (channel: string | undefined, thread: string | undefined) =>
    messages.filter((m) => m.channel === channel && (m.thread === thread || m.ts === thread))

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/(api\/)?/, '')
    const raw = await readBody(request)
    if (path.startsWith('upload/')) {
      const upload = uploads.get(path.slice('upload/'.length))
      if (upload) upload.content = raw
      return reply(response, 200, 'OK')
    }
    const method = path.startsWith('hook') ? 'hook' : path
    const body = fields(request, raw)
    asked.push({ method, body })
    const fault = faults.get(method)?.shift()
    if (fault?.kind === 'status') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }
      return reply(response, fault.status, JSON.stringify({ ok: false, error: 'ratelimited' }), headers)
    }
    const answer = methods[method]?.(body) ?? { ok: false, error: 'unknown_method' }
    if (fault?.kind === 'lost') return void request.socket.destroy()
    const status = method === 'hook' && answer.ok === false ? 400 : 200
    reply(response, status, method === 'hook' ? String(answer.error ?? 'ok') : JSON.stringify(answer))
  }

  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    apiUrl: `${origin}/api/`,
    hookUrl: `${origin}/hook/1`,
    messages,
    whispers,
    views,
    asked,
    uploads,
    users,
    refusedKinds,
    triggers,
    calls: (method: string) => asked.filter((a) => a.method === method),
    next: (method: string, ...those: Fault[]) =>
      faults.set(method, [...(faults.get(method) ?? []), ...those]),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type StandIn = Awaited<ReturnType<typeof startStandIn>>

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

function fields(request: IncomingMessage, raw: string): Readonly<Record<string, string>> {
  if (!request.headers['content-type']?.includes('json')) return Object.fromEntries(new URLSearchParams(raw))
  const entries = Object.entries(JSON.parse(raw) as Record<string, unknown>)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}
