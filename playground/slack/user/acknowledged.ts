import { isFields } from '../blocks/shape.ts'
import type { Acknowledged } from '../delivery.ts'
import { asReceived, type IssuedUrl, type Origin, type ResponseUrls } from '../http/response-urls.ts'
import type { OpenedView, Views } from '../state/views.ts'
import type { Done, Submitted } from './actions.ts'

export function done({ body: _, ...acknowledged }: Acknowledged, url?: IssuedUrl): Done {
  return { ...acknowledged, responses: () => url?.responses() ?? [] }
}

/** A command's acknowledgement may carry a message: it is shown to the asker, or in the channel. */
export async function showAck(
  urls: ResponseUrls,
  origin: Origin,
  acknowledged: Acknowledged,
  url: IssuedUrl,
): Promise<Done> {
  const { body } = acknowledged
  if (body === undefined) return done(acknowledged, url)
  const shown = isFields(body) && (await urls.show(origin, body)).ok
  if (!shown) return done({ ...acknowledged, error: 'invalid_command_response' }, url)
  return { ...done(acknowledged, url), private: asReceived(body) }
}

/** What the answer to a submission does to the modal: docs.slack.dev/surfaces/modals. */
export async function settle(
  views: Views,
  opened: OpenedView,
  acknowledged: Acknowledged,
): Promise<Submitted> {
  const reply = done(acknowledged)
  if (acknowledged.error) return reply
  const body = isFields(acknowledged.body) ? acknowledged.body : {}
  switch (body.response_action) {
    case undefined:
      views.close(opened.view.id)
      return reply
    case 'clear':
      views.closeAll(opened.user)
      return reply
    case 'errors':
      return { ...reply, errors: body.errors as Record<string, string> }
    case 'update':
    case 'push': {
      const shown = await views.apply(body.response_action, opened, body.view)
      return shown.ok ? reply : { ...reply, error: 'dispatch_failed' }
    }
    default:
      return { ...reply, error: 'dispatch_failed' }
  }
}
