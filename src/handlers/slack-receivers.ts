import { HTTPReceiver, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { SlackAccess } from '../config/slack.ts'
import { LARGEST_BODY } from '../http/listener.ts'
import { clientOptions, SLACK_API, type SlackLog, slackLogger } from '../slack/transport/client.ts'

/** Bolt's receiver, and the one of the two that it is. */
export interface Receivers {
  readonly bolt: Receiver
  readonly socket?: SocketModeReceiver
  readonly http?: HTTPReceiver
}

/** What Slack's requests arrive by: a socket that we open, or the HTTP listener. Neither is opened here. */
export function makeReceivers(access: SlackAccess, log: SlackLog): Receivers {
  const logger = slackLogger(log)
  if (access.mode === 'http') {
    const http = new HTTPReceiver({
      signingSecret: access.signingSecret,
      endpoints: '/slack/events',
      logger,
      bodyLimit: LARGEST_BODY,
      customPropertiesExtractor: (request) => ({ signature: request.headers['x-slack-signature'] }),
    })
    return { bolt: http, http }
  }
  // The socket's client puts its token into headers, and what it is given would replace them.
  const { headers: _ours, ...withoutHeaders } = clientOptions({ apiUrl: access.apiUrl ?? SLACK_API, log })
  const socket = new SocketModeReceiver({
    appToken: access.appToken,
    logger,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions: withoutHeaders },
  })
  return { bolt: socket, socket }
}
