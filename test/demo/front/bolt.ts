import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { App, HTTPReceiver, LogLevel } from '@slack/bolt'
import type { Front } from '../../../src/demo/front.ts'

/** A real Bolt app on the front; nothing is retried, so that a refusal reaches the test at once. */
export interface Bot {
  readonly app: App
  stop(): Promise<void>
}

const clientOptions = (front: Front) => ({
  slackApiUrl: front.apiUrl,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
})

export async function socketBot(front: Front, set: (app: App) => void): Promise<Bot> {
  const app = new App({
    token: front.botToken,
    appToken: front.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: clientOptions(front),
    // The client waits this long before it connects anew; Slack's default is 5 s.
    clientPingTimeout: 60,
  } as ConstructorParameters<typeof App>[0])
  set(app)
  await app.start()
  const { client } = (app as unknown as { receiver: { client: { disconnect(): Promise<void> } } }).receiver
  return { app, stop: () => client.disconnect() }
}

export async function httpBot(front: Front, set: (app: App) => void): Promise<Bot> {
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
