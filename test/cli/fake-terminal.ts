import type { Terminal } from '../../src/cli/output/terminal.ts'

/** A terminal that keeps what it is told. */
export function fakeTerminal(): { readonly term: Terminal; readonly out: string[]; readonly err: string[] } {
  const out: string[] = []
  const err: string[] = []
  const term: Terminal = {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    status: () => {},
    interactive: false,
    colour: false,
    ask: async () => undefined,
    input: async () => Buffer.alloc(0),
  }
  return { term, out, err }
}
