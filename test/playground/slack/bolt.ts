import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt'
import type { FakeSlack } from '../../../playground/slack/fake-slack.ts'

/** A real Bolt app on the front; nothing is retried, so that a refusal reaches the test at once. */
export interface Bot {
  readonly app: App
  stop(): Promise<void>
}

const clientOptions = (front: FakeSlack) => ({
  slackApiUrl: front.apiUrl,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
})

/**
 * `patienceMs`: after this time without a pong the client takes its socket for dead, and for as long it
 * waits before it connects anew. 5 s is its default.
 */
export async function socketBot(front: FakeSlack, set: (app: App) => void, patienceMs = 5_000): Promise<Bot> {
  const receiver = new SocketModeReceiver({
    appToken: front.appToken,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions: clientOptions(front) },
    clientPingTimeout: patienceMs,
  })
  const app = new App({
    token: front.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(front),
  })
  set(app)
  await app.start()
  return { app, stop: () => receiver.client.disconnect().then(() => undefined) }
}

export async function httpBot(front: FakeSlack, set: (app: App) => void): Promise<Bot> {
  const receiver = new HTTPReceiver({ signingSecret: front.signingSecret, port: 0, logLevel: LogLevel.ERROR })
  const app = new App({
    token: front.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(front),
  })
  set(app)
  const server = (await receiver.start(0)) as import('node:http').Server
  if (!server.listening) await once(server, 'listening')
  front.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
  return { app, stop: async () => void (await receiver.stop()) }
}
