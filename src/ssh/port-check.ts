import { connect as connectTcp } from 'node:net'
import { type Deadline, startDeadline } from '../async/deadline.ts'
import type { OpenHop } from './hop.ts'
import type { Reach } from './outcome.ts'

/** Where a connection goes, and from where: the bot itself, or the jump host that stands before the host. */
interface Way {
  readonly address: string
  readonly port: number
}

type Answer = Reach['answer']

/**
 * Whether a port of the host can be reached from where the bot's own connections to it come from: TCP only, closed at
 * once. The address is the inventory's, so nothing that a host said leads it anywhere else.
 */
export async function reach(
  hops: readonly OpenHop[],
  port: number,
  options: { readonly ms: number; readonly signal?: AbortSignal | undefined },
): Promise<Reach> {
  const [via, host] = [hops.at(-2), hops.at(-1)]
  if (!host) throw new Error('a route over SSH has at least one hop')
  const began = performance.now()
  const way = { address: host.hop.address, port }
  const deadline = startDeadline(options.ms, options.signal)
  try {
    const answer = via ? await through(via, way, deadline) : await straight(way, deadline)
    const from = via ? `the jump host ${via.hop.name}` : 'the bot'
    return { answer, from, to: `${way.address} port ${port}`, ms: Math.round(performance.now() - began) }
  } finally {
    deadline.clear()
  }
}

async function straight({ address, port }: Way, deadline: Deadline): Promise<Answer> {
  const socket = connectTcp({ host: address, port })
  const answer = await Promise.race([
    new Promise<Answer>((resolve) => socket.once('connect', () => resolve('ok'))),
    new Promise<Answer>((resolve) => socket.on('error', (error) => resolve(answerOf(error)))),
    deadline.reached.then(ended),
  ])
  socket.destroy()
  return answer
}

/** ssh2 says of a refused channel only what the jump host's sshd wrote, which is the system's own words. */
function through(via: OpenHop, { address, port }: Way, deadline: Deadline): Promise<Answer> {
  const opening = new Promise<Answer>((resolve) => {
    try {
      via.client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
        resolve(error ? answerOf(error) : 'ok')
        channel?.destroy()
      })
    } catch (error) {
      resolve(answerOf(error as Error))
    }
  })
  return Promise.race([opening, deadline.reached.then(ended)])
}

const ended = (why: 'deadline' | 'aborted'): Answer => (why === 'deadline' ? 'timed out' : 'stopped')

function answerOf(error: NodeJS.ErrnoException): Answer {
  if (error.code === 'ECONNREFUSED' || /refused/i.test(error.message)) return 'refused'
  if (error.code === 'ETIMEDOUT' || /timed out/i.test(error.message)) return 'timed out'
  return /UNREACH/.test(error.code ?? '') || /unreachable|no route/i.test(error.message)
    ? 'no route'
    : 'failed'
}
