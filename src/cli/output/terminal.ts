import { createInterface } from 'node:readline/promises'
import { sanitise } from '../../redact/sanitise.ts'

/** 0 healthy, 1 problem, 2 inconclusive, 3 could not run (usage, unreachable, refused). */
export const exitCodes = { healthy: 0, problem: 1, inconclusive: 2, couldNotRun: 3 } as const

/**
 * Where a command reads and writes. Results go to stdout, everything about them to stderr. Whatever is printed, no
 * control but \n and \t reaches the terminal.
 */
export interface Terminal {
  out(line: string): void
  err(line: string): void
  /** Redraws the last line of stderr; does nothing where it is no terminal. */
  status(line: string): void
  readonly interactive: boolean
  readonly colour: boolean
  /** Undefined where nobody can be asked. */
  ask(question: string): Promise<string | undefined>
  /** All of stdin. */
  input(): Promise<Buffer>
}

export function terminal(io: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env'>): Terminal {
  const live = io.stderr.isTTY === true
  let drawn = false
  const clear = (): void => {
    if (drawn) io.stderr.write('\r\u001b[K')
    drawn = false
  }
  // A reader that went away (`| head`) is no error of ours.
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  return {
    out: (line) => {
      clear()
      io.stdout.write(`${sanitise(line)}\n`)
    },
    err: (line) => {
      clear()
      io.stderr.write(`${sanitise(line)}\n`)
    },
    status: (line) => {
      if (!live) return
      clear()
      if (line === '') return
      io.stderr.write(
        sanitise(line)
          .replaceAll(/\s+/g, ' ')
          .slice(0, (io.stderr.columns ?? 80) - 1),
      )
      drawn = true
    },
    interactive: io.stdin.isTTY === true && live,
    colour: io.stdout.isTTY === true && !io.env.NO_COLOR,
    ask: async (question) => {
      if (io.stdin.isTTY !== true) return undefined
      const lines = createInterface({ input: io.stdin, output: io.stderr })
      try {
        return await lines.question(question)
      } finally {
        lines.close()
      }
    },
    input: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of io.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
  }
}
