import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AlertTaker, entryFor } from '../alerts/alert-taker.ts'
import type { Alert } from '../alerts/formats/alert.ts'
import { readAlerts } from '../alerts/formats/read-alerts.ts'
import { provenByBody, provenByHeaders } from '../alerts/prove-sender.ts'
import type { AlertSource } from '../alerts/source.ts'
import { type Taken, takeAlerts } from '../alerts/take-alerts.ts'
import type { Clock } from '../async/clock.ts'
import { serializeByKey } from '../async/serialize-by-key.ts'
import { type HttpRoute, LARGEST_BODY, readRawBody, reply } from '../http/listener.ts'

export interface AlertsReceiver extends AlertTaker {
  readonly sources: readonly AlertSource[]
  readonly clock: Pick<Clock, 'elapsed'>
}

/** A notice of a sender that is proven before its body is read: some thousand alerts. */
export const LARGEST_NOTICE = 4 * 1024 * 1024

/** `POST /alerts/NAME`: who sends it is proven before anything of it is read as JSON. */
export function alertsWebhook(receiver: AlertsReceiver): HttpRoute['handle'] {
  const sources = new Map(receiver.sources.map((source) => [source.name, source]))
  const refusals = countRefusals(receiver)
  const inTurn = takeInTurn(receiver)
  return async (request, response) => {
    const name = (request.url ?? '').replace(/^\/alerts\/|[?#].*$/g, '')
    const source = sources.get(name)
    if (!source)
      return reply(response, 404, 'No source of alerts has that name: `alerts` in debvisor.yml names them.')
    const refused = (): Promise<void> => refuse(refusals, source, request, response)
    const byHeaders = provenByHeaders(source.proof, request.headers)
    if (byHeaders === false) return refused()
    const body = await readRawBody(request, byHeaders ? LARGEST_NOTICE : LARGEST_BODY)
    if (!body)
      return reply(response, 413, 'Too large: let the sender put fewer alerts into a notice (`max_alerts`).')
    if (byHeaders === undefined && !provenByBody(source.proof, request.headers, body)) return refused()
    await take({ ...receiver, inTurn }, source, body, response)
  }
}

/** Of one sender, as many notices as wait for their turn at most. */
const LONGEST_LINE = 50

/**
 * The notices of a sender wait for each other in the store, and each that waits there has a connection: of this process
 * only one does. Null: too many wait already.
 */
function takeInTurn(receiver: AlertsReceiver) {
  const turns = serializeByKey()
  const waiting = new Map<string, number>()
  return async (source: AlertSource, alerts: readonly Alert[]): Promise<Taken | null> => {
    const line = waiting.get(source.name) ?? 0
    if (line >= LONGEST_LINE) return null
    waiting.set(source.name, line + 1)
    try {
      return await turns.run(source.name, () => takeAlerts(receiver, source, alerts))
    } finally {
      waiting.set(source.name, (waiting.get(source.name) ?? 1) - 1)
    }
  }
}

async function take(
  receiver: AlertsReceiver & { readonly inTurn: ReturnType<typeof takeInTurn> },
  source: AlertSource,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const read = readAlerts(source, body)
  if (!read.ok) {
    const { reason } = read
    receiver.log.warn({ source: source.name, reason }, 'a notice of alerts could not be read')
    return reply(response, 400, `This is no notice of ${source.kind}: ${reason}.`)
  }
  const { leftOut } = read
  if (leftOut > 0)
    receiver.log.warn({ source: source.name, leftOut }, 'a notice has alerts that are not in it')
  const taken = await receiver.inTurn(source, read.alerts)
  if (!taken) {
    receiver.log.warn({ source: source.name }, 'a notice of alerts was turned away: too many wait')
    return reply(response, 503, `Too many notices of ${source.name} wait: send this one again later.`)
  }
  receiver.log.info({ source: source.name, ...taken }, 'a notice of alerts was taken')
  reply(response, 202, { ...taken, leftOut })
}

type Refusals = ReturnType<typeof countRefusals>

async function refuse(
  refusals: Refusals,
  source: AlertSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await refusals(source, request.socket.remoteAddress ?? '')
  reply(response, 401, `This does not prove that it comes from ${source.name}: nothing was done.`)
}

/** One row in that time for each source, with how many more there were: whoever guesses fills no audit. */
const ROW_EVERY_MS = 60_000

function countRefusals({ store, team, log, clock }: AlertsReceiver) {
  const counted = new Map<string, { since: number; more: number }>()
  return async (source: AlertSource, from: string): Promise<void> => {
    const last = counted.get(source.name)
    if (last && clock.elapsed() - last.since < ROW_EVERY_MS) {
      last.more += 1
      return
    }
    const more = last?.more ?? 0
    counted.set(source.name, { since: clock.elapsed(), more: 0 })
    const reason = `It did not prove that it is ${source.name}${more > 0 ? `, like ${more} before it` : ''}.`
    log.warn(
      { source: source.name, from, more },
      'a notice of alerts without proof of its sender was refused',
    )
    const row = {
      ...entryFor({ team }, source),
      actor: 'anonymous',
      action: 'receive',
      asked: `from ${from}`,
    }
    // A refusal stands, whether or not it can be written down.
    await store
      .tx((tx) => store.audit(tx, { ...row, decision: 'refused', reason }))
      .catch((error: unknown) => log.warn({ err: error }, 'a refusal is missing in the audit'))
  }
}
