import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, type ApiCall, refusal } from '../state/api.ts'
import type { CallLog } from '../state/call-log.ts'
import type { ApiFault, FaultBook } from '../state/faults.ts'
import { readBody, readCall } from './call.ts'
import { methodOf, type Slack } from './methods.ts'
import type { ResponseUrls } from './response-urls.ts'

export interface Tokens {
  readonly bot: string
  readonly app: string
}

export interface ServerParts {
  readonly slack: Slack
  readonly tokens: Tokens
  readonly callLog: CallLog
  readonly faults: FaultBook
  readonly urls: ResponseUrls
}

/** Listens on a free port of 127.0.0.1; requests are answered once `serve` was called. */
export async function listen(): Promise<{ server: Server; origin: string }> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

export function serve(server: Server, parts: ServerParts): void {
  server.on('request', (request, response) => {
    route(parts, request, response).catch((error: unknown) => {
      const cause = whole(error)
      // Nobody meant it to fail, and the bot says no more of it than its status. A test that has ended may hang up.
      if (!response.destroyed) process.emitWarning(`the fake Slack failed on ${request.url}: ${cause}`)
      if (response.headersSent) return response.destroy()
      return respond(response, 500, refusal('fatal_error', { cause }))
    })
  })
}

/** "TypeError: fetch failed: Error: read ECONNRESET". */
const whole = (error: unknown): string =>
  error instanceof Error && error.cause ? `${error}: ${whole(error.cause)}` : String(error)

function route(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://slack')
  if (pathname.startsWith('/api/')) return api(parts, pathname.slice('/api/'.length), request, response)
  if (pathname.startsWith('/actions/')) return responseUrl(parts, pathname, request, response)
  return passOn(parts, pathname, request, response)
}

async function api(
  parts: ServerParts,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = await readCall(request, method)
  if (!call) return respond(response, 200, refusal('invalid_json'))
  const end = parts.callLog.begin(call)
  const fault = parts.faults.takeFor(method)
  const early = fault && refuseBy(fault)
  const answer = early?.answer ?? (await run(parts, call))
  const status = early?.status ?? 200
  if (fault?.kind === 'break') response.destroy()
  if (fault?.kind === 'hang' || fault?.kind === 'break') return end(undefined, answer)
  respond(response, status, answer, { ...early?.headers, ...scopesHeader(parts, call) })
  end(status, answer)
}

interface Early {
  readonly status: number
  readonly answer: Answer
  readonly headers?: Record<string, string>
}

function refuseBy(fault: ApiFault): Early | undefined {
  if (fault.kind === 'refuse') return { status: 200, answer: refusal(fault.error) }
  if (fault.kind === 'unavailable') return { status: 503, answer: refusal('service_unavailable') }
  if (fault.kind !== 'rate_limit') return undefined
  return { status: 429, answer: refusal('ratelimited'), headers: { 'retry-after': String(fault.seconds) } }
}

async function run({ slack, tokens }: ServerParts, { method: name, token, args }: ApiCall): Promise<Answer> {
  const method = methodOf(name)
  if (!token) return refusal('not_authed')
  if (token !== tokens.bot && token !== tokens.app) return refusal('invalid_auth')
  if (token !== tokens[method.token]) return refusal('not_allowed_token_type')
  const { scopes } = slack.workspace
  if (method.scope && !scopes.includes(method.scope)) {
    return refusal('missing_scope', { needed: method.scope, provided: scopes.join(',') })
  }
  return method.run(slack, args)
}

const scopesHeader = ({ slack, tokens }: ServerParts, { token }: ApiCall): Record<string, string> => {
  if (token === tokens.app) return { 'x-oauth-scopes': 'connections:write' }
  return token === tokens.bot ? { 'x-oauth-scopes': slack.workspace.scopes.join(',') } : {}
}

async function responseUrl(
  { urls, callLog }: ServerParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, answer } = await urls.take(path, (await readBody(request)).toString('utf8'))
  respond(response, status, answer)
  callLog.changed()
}

/** An upload (its content is kept for tests), a file, the emulator's inspector page. */
async function passOn(
  { slack }: ServerParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers } = request
  const body = await readBody(request)
  const upload = /^\/upload\/v1\/(\w+)$/.exec(path)?.[1]
  const answer = await slack.workspace.fetch(request.url ?? '/', {
    method,
    headers: { 'content-type': headers['content-type'] ?? 'application/octet-stream' },
    ...(method === 'POST' ? { body: new Uint8Array(body) } : {}),
  })
  if (upload && answer.ok) slack.files.uploaded(upload, await contentOf(body, headers['content-type']))
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
  response.end(Buffer.from(await answer.arrayBuffer()))
}

/** The SDK sends a file as the one field of a form. */
async function contentOf(body: Buffer, type = ''): Promise<string> {
  if (!type.includes('multipart/form-data')) return body.toString('utf8')
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  for (const [, value] of form) return typeof value === 'string' ? value : value.text()
  return ''
}

function respond(
  response: ServerResponse,
  status: number,
  answer: Answer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(answer))
}
