import { randomBytes } from 'node:crypto'
import type { ServerChannel } from 'ssh2'
import type { Hostility } from './host-kinds.ts'
import { exited, frameOf, readWave } from './wave-on-host.ts'

const FLOOD = 4 * 1024 * 1024

export interface Met {
  readonly commandLine: string
  readonly channel: ServerChannel
  /** Resets all connections of this host. */
  reset(): void
}

/** What a hostile host does with a wave. What it says never makes a host healthy. */
export async function misbehave(how: Hostility, { commandLine, channel, reset }: Met): Promise<void> {
  const wave = await readWave(commandLine, channel)
  if (!wave) return
  const { marker } = wave
  switch (how) {
    case 'silent':
    case 'stuck':
      return
    case 'garbage':
      channel.write(`${marker}\n`)
      channel.write(randomBytes(2_000))
      return
    case 'half': {
      const frame = frameOf(0, exited(1, 'x'.repeat(500)))
      channel.write(`${marker}\n${frame.slice(0, frame.length / 2)}`)
      setTimeout(reset, 50)
      return
    }
    case 'flood':
      channel.write(`${marker}\n`)
      channel.write(Buffer.alloc(FLOOD, 'flood '))
      return
    case 'liar':
      // The same command twice, and one that nobody asked for.
      channel.write(`${marker}\n${frameOf(999, exited(0))}`)
      channel.exit(0)
      channel.end()
  }
}
