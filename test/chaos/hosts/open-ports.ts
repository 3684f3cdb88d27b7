import { createServer } from 'node:net'

let given = 0

/** All of 127.0.0.0/8 is this machine: each host gets an address that no other round uses at the same time. */
const nextAddress = (): string => `127.${100 + (process.pid % 100)}.${(process.pid >> 7) % 256}.${++given}`

/**
 * The bot also looks at a host from outside: its address takes connections to these ports, and refuses all others.
 * Undefined: this user may not listen there, or somebody else does.
 */
export async function openPorts(ports: readonly number[]): Promise<string | undefined> {
  const address = nextAddress()
  const opened = await Promise.all(ports.map((port) => listen(address, port)))
  return opened.every(Boolean) ? address : undefined
}

function listen(address: string, port: number): Promise<boolean> {
  const server = createServer((socket) => void socket.on('error', () => {}).destroy())
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, address, () => resolve(true))
  })
}
