import { connect as connectTcp } from 'node:net'
import { type Deadline, startDeadline } from '../async/deadline.ts'
import type { OpenHop } from './hop.ts'
import type { PortCheck } from './outcome.ts'

interface PortAddress {
  readonly address: string
  readonly port: number
}

type PortAnswer = PortCheck['answer']

/**
 * Connects to a port of the host from where the bot's own connections to it come from: the jump host before it, or the
 * bot itself. TCP only, and closed at once. The address is the inventory's, so no host can lead it anywhere else.
 */
export async function checkPort(
  hops: readonly OpenHop[],
  port: number,
  options: { readonly ms: number; readonly signal?: AbortSignal | undefined },
): Promise<PortCheck> {
  const [via, host] = [hops.at(-2), hops.at(-1)]
  if (!host) throw new Error('a route over SSH has at least one hop')
  const began = performance.now()
  const to = { address: host.hop.address, port }
  const deadline = startDeadline(options.ms, options.signal)
  try {
    const answer = via ? await fromJumpHost(via, to, deadline) : await fromBot(to, deadline)
    const from = via ? `the jump host ${via.hop.name}` : 'the bot'
    return { answer, from, to: `${to.address} port ${port}`, ms: Math.round(performance.now() - began) }
  } finally {
    deadline.clear()
  }
}

async function fromBot({ address, port }: PortAddress, deadline: Deadline): Promise<PortAnswer> {
  const socket = connectTcp({ host: address, port })
  const answer = await Promise.race([
    new Promise<PortAnswer>((resolve) => socket.once('connect', () => resolve('ok'))),
    new Promise<PortAnswer>((resolve) => socket.on('error', (error) => resolve(answerFor(error)))),
    deadline.reached.then(ended),
  ])
  socket.destroy()
  return answer
}

/** ssh2 says of a refused channel only what the jump host's sshd wrote, which is the system's own words. */
function fromJumpHost(via: OpenHop, { address, port }: PortAddress, deadline: Deadline): Promise<PortAnswer> {
  const opening = new Promise<PortAnswer>((resolve) => {
    try {
      via.client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        resolve(error ? answerFor(error) : 'ok')
        channel?.destroy()
      })
    } catch (error) {
      resolve(answerFor(error as Error))
    }
  })
  return Promise.race([opening, deadline.reached.then(ended)])
}

const ended = (why: 'deadline' | 'aborted'): PortAnswer => (why === 'deadline' ? 'timed out' : 'stopped')

function answerFor(error: NodeJS.ErrnoException): PortAnswer {
  if (error.code === 'ECONNREFUSED' || /refused/i.test(error.message)) return 'refused'
  if (error.code === 'ETIMEDOUT' || /timed out/i.test(error.message)) return 'timed out'
  return /UNREACH/.test(error.code ?? '') || /unreachable|no route/i.test(error.message)
    ? 'no route'
    : 'failed'
}
