import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt'
import type { FakeSlack } from '../../../playground/slack/fake-slack.ts'

/** A real Bolt app on the fake Slack; nothing is retried, so that a refusal reaches the test at once. */
export interface Bot {
  readonly app: App
  stop(): Promise<void>
}

const clientOptions = (fakeSlack: FakeSlack) => ({
  slackApiUrl: fakeSlack.apiUrl,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
})

/**
 * `patienceMs`: after this time without a pong the client takes its socket for dead, and for as long it
 * waits before it connects anew. 5 s is its default.
 */
export async function socketBot(
  fakeSlack: FakeSlack,
  set: (app: App) => void,
  patienceMs = 5_000,
): Promise<Bot> {
  const receiver = new SocketModeReceiver({
    appToken: fakeSlack.appToken,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions: clientOptions(fakeSlack) },
    clientPingTimeout: patienceMs,
  })
  const app = new App({
    token: fakeSlack.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(fakeSlack),
  })
  set(app)
  await app.start()
  return { app, stop: () => receiver.client.disconnect().then(() => undefined) }
}

export async function httpBot(fakeSlack: FakeSlack, set: (app: App) => void): Promise<Bot> {
  const receiver = new HTTPReceiver({
    signingSecret: fakeSlack.signingSecret,
    port: 0,
    logLevel: LogLevel.ERROR,
  })
  const app = new App({
    token: fakeSlack.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(fakeSlack),
  })
  set(app)
  const server = (await receiver.start(0)) as import('node:http').Server
  if (!server.listening) await once(server, 'listening')
  fakeSlack.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
  return { app, stop: async () => void (await receiver.stop()) }
}
