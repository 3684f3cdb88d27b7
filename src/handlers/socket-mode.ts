import type { SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import { readError } from '../slack/transport/slack-failure.ts'

export interface Socket {
  ready(): boolean
  stop(): Promise<void>
}

const LONGEST_PAUSE_MS = 30_000

/**
 * Keeps one Socket Mode connection up. The client's own reconnecting is off: it raises an unhandled rejection when
 * `apps.connections.open` fails (node-slack-sdk#2656), and it gives up on errors that pass. The first connection is
 * awaited, so that a wrong token is told at the start; afterwards the pause doubles up to 30 s.
 */
export async function keepConnected(receiver: SocketModeReceiver, log: Logger): Promise<Socket> {
  let ready = false
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  const { client } = receiver

  const again = (): void => {
    ready = false
    if (stopping || timer) return
    const pause = failures === 0 ? 0 : Math.min(500 * 2 ** failures, LONGEST_PAUSE_MS)
    timer = setTimeout(() => {
      timer = undefined
      open().catch((error: unknown) => {
        failures += 1
        log.warn({ err: error, failures }, 'Slack cannot be reached; trying again')
        again()
      })
    }, pause)
  }
  const open = async (): Promise<void> => {
    await receiver.start()
    ready = true
    failures = 0
  }
  await open().catch((error: unknown) => {
    throw new Error(
      `Slack does not open a socket: ${readError(error).failure.detail}. Look at SLACK_APP_TOKEN (xapp-…, connections:write).`,
    )
  })
  client.on('disconnected', () => {
    if (!stopping) log.info('the connection to Slack ended; opening another')
    again()
  })
  return {
    ready: () => ready,
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      if (ready) await client.disconnect()
      ready = false
    },
  }
}
