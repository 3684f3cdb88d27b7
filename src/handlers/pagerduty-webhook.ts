import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Clock } from '../async/clock.ts'
import { type PagerListener, takePagerEvent } from '../escalation/incidents/pager-event.ts'
import { readRawBody, reply } from '../http/listener.ts'
import { readEvent } from '../integrations/pagerduty/incident-event.ts'
import { isSigned } from '../integrations/pagerduty/webhook-signature.ts'

export interface PagerDutyReceiver extends PagerListener {
  /** Of the webhook subscription, and the one before while it is replaced. */
  readonly secrets: readonly string[]
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
}

/** `POST /pagerduty/webhook`: the signature is checked over the raw body before anything of it is read. */
export async function pagerDutyWebhook(
  receiver: PagerDutyReceiver,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { secrets, clock, log } = receiver
  const body = await readRawBody(request)
  if (!body) return reply(response, 413, 'Too large.')
  const header = request.headers['x-pagerduty-signature']
  if (!isSigned(body, typeof header === 'string' ? header : undefined, secrets)) {
    log.warn({ from: request.socket.remoteAddress }, 'a webhook without a good signature was refused')
    return reply(response, 401, 'The signature is not that of this webhook subscription.')
  }
  const read = readEvent(body)
  if (read.kind === 'malformed') {
    log.warn({ reason: read.reason }, "PagerDuty's event could not be read")
    return reply(response, 400, `This is no event of a V3 webhook: ${read.reason}.`)
  }
  if (read.kind === 'other') return reply(response, 202, { taken: 'nothing' })
  const taken = await takePagerEvent(receiver, read.event, clock.now())
  log.info({ event: read.event.id, kind: read.event.kind, taken }, "PagerDuty's event was taken")
  // Any other answer than 2xx makes PagerDuty deliver it again.
  reply(response, taken === 'unclear' ? 503 : 202, { taken })
}
