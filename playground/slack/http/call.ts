import type { IncomingMessage } from 'node:http'
import { isFields } from '../blocks/shape.ts'
import type { ApiCall } from '../state/api.ts'

/** Arguments that are JSON inside of a form. */
const NESTED = new Set([
  'blocks',
  'attachments',
  'metadata',
  'view',
  'files',
  'event_payload',
  'chunks',
  'prompts',
])

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Undefined when the body is not what its content type says. */
export async function readCall(request: IncomingMessage, method: string): Promise<ApiCall | undefined> {
  const url = new URL(request.url ?? '/', 'http://slack')
  const body = (await readBody(request)).toString('utf8')
  const given = request.headers['content-type']?.includes('application/json')
    ? parse(body || '{}')
    : Object.fromEntries(new URLSearchParams(body))
  if (!isFields(given)) return undefined
  const { token: argument, ...args } = { ...Object.fromEntries(url.searchParams), ...given }
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return {
    method,
    token: bearer ?? (typeof argument === 'string' && argument ? argument : undefined),
    args: Object.fromEntries(Object.entries(args).map(([name, value]) => [name, nested(name, value)])),
  }
}

function nested(name: string, value: unknown): unknown {
  return NESTED.has(name) && typeof value === 'string' ? (parse(value) ?? value) : value
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
