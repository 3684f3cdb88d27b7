import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'

/** What Slack tells the bot with a command, as far as an answer needs it. */
export interface Heard {
  readonly triggerId: string
  readonly responseUrl: string
}

export interface SilentBot {
  readonly fakeSlack: FakeSlack
  /** A person types a command; the bot acknowledges and does nothing. */
  hear(): Promise<Heard>
  close(): Promise<void>
}

/** A fake Slack with a bot that only listens, so that a test can answer in its place. */
export async function startSilentBot(): Promise<SilentBot> {
  const fakeSlack = await startFakeSlack({ mode: 'http', channels: { second: { bot: true } } })
  let heard: Heard | undefined
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const form = new URLSearchParams(Buffer.concat(pieces).toString('utf8'))
    heard = { triggerId: form.get('trigger_id') ?? '', responseUrl: form.get('response_url') ?? '' }
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fakeSlack.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
  return {
    fakeSlack,
    async hear() {
      await fakeSlack.command('help')
      if (!heard) throw new Error('the front did not deliver the command')
      return heard
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await fakeSlack.close()
    },
  }
}
