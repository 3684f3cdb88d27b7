import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { startDeadline } from '../../async/deadline.ts'
import type { Command, Outcome, RunOptions } from '../outcome.ts'
import { createFrameReader, encodeWave, type Frame, lastStartMs, type TotalFrame } from './frames.ts'
import { type Program, type Start, WAVE_PROGRAM } from './start-program.ts'
import { readSudo } from './sudo.ts'

/** After its longest time-out wave.pl may need this long to end what will not go, under sudo at the worst. */
const ENDING_MS = 7_000
/** What the connection itself may take on top: opening a channel, sending, an answer under way. */
const CONNECTION_MS = 5_000
const LONGEST_COMPLAINT = 1_000
const NO_SUCH_PROGRAM = 127

/**
 * Runs commands side by side through one program on the host (wave.pl) and resolves when each has its
 * outcome: in time, whatever the host or the connection does.
 */
export async function runWave(
  start: Start,
  login: string,
  commands: readonly Command[],
  options: RunOptions = {},
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  if (commands.length === 0) return outcomes
  const began = performance.now()
  const settle = (id: string, outcome: Outcome): void => {
    if (outcomes.has(id)) return // a frame that came after the run was stopped
    outcomes.set(id, outcome)
    options.onOutcome?.(id, outcome)
  }
  const byCommand = new Map<string, number>()
  const take = (frame: Frame): void => {
    const command = commands[frame.index]
    if (!command) return
    byCommand.set(command.id, frame.cpuUs / 1_000)
    settle(command.id, toOutcome(frame, command, login))
  }
  const { reason, total } = await converse(start, commands, take, options)
  if (total) options.onSpent?.({ cpuMs: total.cpuUs / 1_000, processes: total.processes, byCommand })
  const ms = Math.round(performance.now() - began)
  for (const { id } of commands) settle(id, { status: 'lost', reason, ms })
  return outcomes
}

/** Why no more frames will come, which matters only if some are missing; and what the wave took, where all ended by itself. */
interface Ended {
  readonly reason: string
  readonly total?: TotalFrame | undefined
}

/** Sends the wave and takes its frames. */
async function converse(
  start: Start,
  commands: readonly Command[],
  take: (frame: Frame) => void,
  { signal, mayStart, gentle = false }: RunOptions,
): Promise<Ended> {
  const longestMs =
    lastStartMs(commands.length) + Math.max(...commands.map(({ timeoutMs }) => timeoutMs)) + ENDING_MS
  const marker = randomBytes(16).toString('hex')
  const wave = encodeWave(commands, { marker, longestMs, gentle })
  const deadline = startDeadline(longestMs + CONNECTION_MS, signal)
  const stopped = deadline.reached.then((why) => ({
    reason: why === 'aborted' ? 'the run was stopped' : 'the host did not answer in time',
  }))
  try {
    if (signal?.aborted) return await stopped
    const starting = start([WAVE_PROGRAM.length, wave.length])
    const started = await Promise.race([starting, stopped])
    if (!('ok' in started)) {
      void starting.then((late) => late.ok && late.program.destroy())
      return started
    }
    if (!started.ok) return { reason: started.reason }
    const { program } = started
    const allowed = mayStart ? await Promise.race([mayStart(), stopped]) : true
    if (allowed !== true) {
      program.destroy()
      return allowed || { reason: 'nothing was sent: it was called off' }
    }
    // Nothing is awaited between the answer and this: what was allowed is sent at once.
    const over = Promise.race([listen(program, marker, commands.length, take), stopped])
    program.input.write(Buffer.concat([WAVE_PROGRAM, wave]))
    return await over.finally(() => release(program))
  } finally {
    deadline.clear()
  }
}

/**
 * Resolves when all frames are there and the total after them, when they cannot be read, or when the program is over;
 * with a reason for the last two.
 */
function listen(
  program: Program,
  marker: string,
  count: number,
  take: (frame: Frame) => void,
): Promise<Ended> {
  const reader = createFrameReader(marker, count)
  const errors = firstText(program.errors)
  const chatter = firstText(program.output)
  let missing = count
  return new Promise((resolve) => {
    program.output.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) {
        take(frame)
        missing--
      }
      if (missing === 0 && reader.total) resolve({ reason: '', total: reader.total })
      if (!reader.broken) return
      program.destroy()
      resolve({ reason: 'the answer of the host could not be read' })
    })
    void program.ended.then(({ code, lost }) => {
      const said = errors() || (missing === count ? chatter() : '')
      resolve({ reason: lost ? `the connection was lost: ${lost}` : explainEnd(code, said) })
    })
  })
}

function explainEnd(code: number | null, said: string): string {
  if (code === NO_SUCH_PROGRAM || /perl: .*not found/i.test(said))
    return 'this host has no perl; install perl-base'
  const status = code === null ? 'was killed' : `ended with status ${code}`
  return `the probe program ${status} on the host${said ? `: ${said}` : ''}`
}

/** Reads the stream to its end and keeps the first line with text in it. */
function firstText(stream: Readable): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    if (text.length < LONGEST_COMPLAINT) text += chunk.toString('latin1', 0, LONGEST_COMPLAINT)
  })
  return () =>
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
}

/**
 * The end of its input tells the program to end everything; where that is not heard, the channel is torn
 * down.
 */
function release(program: Program): void {
  program.input.end()
  const timer = setTimeout(() => program.destroy(), ENDING_MS)
  timer.unref()
  void program.ended.then(() => clearTimeout(timer))
}

/** By number, as on Linux: the host's, not ours. */
const SIGNALS = 'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT'.split(' ')

function toOutcome(frame: Frame, command: Command, login: string): Outcome {
  const { ms, stdout, stderr, code, leftover } = frame
  const streams = { ms, stdout, stderr }
  switch (frame.how) {
    case 'timed-out':
      return { ...streams, status: 'timed-out', leftover }
    case 'cut':
      return { ...streams, status: 'cut' }
    case 'signalled':
      return { ...streams, status: 'signalled', signal: `SIG${SIGNALS[code - 1] ?? code}` }
    case 'exited': {
      const sudo = command.kind === 'privileged' ? readSudo(login, code, stdout, stderr) : undefined
      if (sudo?.kind === 'refused') return { ...streams, status: 'refused', reason: sudo.reason }
      return { ...streams, status: 'exited', code: sudo ? NO_SUCH_PROGRAM : code }
    }
  }
}
