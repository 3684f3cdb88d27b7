import { type Command, KEPT_BYTES, STOP_BYTES } from '../outcome.ts'

/** What wave.pl tells of one command: its place in the wave, how it ended, and the bytes that it kept. */
export interface Frame {
  readonly index: number
  readonly how: 'exited' | 'signalled' | 'timed-out' | 'cut'
  /** Exit status, or the number of the signal. */
  readonly code: number
  readonly leftover: number
  readonly ms: number
  /** Of it and of all that it started, as far as that has ended: CPU time in microseconds. */
  readonly cpuUs: number
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** What wave.pl tells of the whole wave, itself included, once all commands have ended. */
export interface TotalFrame {
  readonly cpuUs: number
  /** Processes and threads that the host started meanwhile, whoever started them. */
  readonly processes: number
}

/** The host starts a few commands at once. One that takes longer than this no longer keeps the others waiting. */
export const SHARE_MS = 400

/** How long after the first the last command of a wave starts at the latest: wave.pl runs four at once at least. */
export const lastStartMs = (commands: number): number => Math.floor(Math.max(0, commands - 1) / 4) * SHARE_MS

/**
 * A wave for wave.pl: length-prefixed fields, which perl reads with unpack '(N/a*)*'. Times in milliseconds.
 */
export function encodeWave(
  commands: readonly Command[],
  {
    marker,
    longestMs,
    gentle,
  }: { readonly marker: string; readonly longestMs: number; readonly gentle: boolean },
): Buffer {
  const settings = [marker, longestMs, KEPT_BYTES, STOP_BYTES, SHARE_MS, gentle ? 1 : 0]
  return fields([...settings, ...commands.map(encodeCommand)])
}

function encodeCommand(command: Command): Buffer {
  const perl = command.kind === 'shell' ? perlAlone(command.script) : undefined
  const argv = perl ?? (command.kind === 'shell' ? [command.script] : command.argv)
  if (argv.some((arg) => arg.includes('\0'))) throw new RangeError('a NUL byte cannot be part of a command')
  return fields([perl ? 'perl' : command.kind, command.timeoutMs, ...argv])
}

/**
 * Characters that no shell takes for anything else, and what single quotes hold. One character at a time: a repeat within
 * the repeat would have a long word tried in every way that it can be cut.
 */
const WORD = "(?:'[^']*'|\\\\'|[\\w@%+=:,./-])+"
const PERL_ALONE = new RegExp(`^perl -e (${WORD}) --((?: ${WORD})*)\\n?$`)

/**
 * The program and its arguments where the whole command is `perl -e PROGRAM -- ARGUMENT…`: wave.pl runs it in a copy of
 * itself, which saves the host a shell and a second perl.
 */
function perlAlone(script: string): string[] | undefined {
  const [, program, words = ''] = PERL_ALONE.exec(script) ?? []
  if (program === undefined) return undefined
  const all = words.matchAll(new RegExp(WORD, 'g'))
  return [program, ...Array.from(all, ([word]) => word)].map(unquoted)
}

const unquoted = (word: string): string =>
  word.replaceAll(/'([^']*)'|\\'/g, (_, within: string | undefined) => within ?? "'")

function fields(values: readonly (string | number | Buffer)[]): Buffer {
  const parts = values.flatMap((value) => {
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat(parts)
}

export interface FrameReader {
  /** Frames that are complete now. */
  push(chunk: Buffer): Frame[]
  /** The last that the host tells. */
  readonly total: TotalFrame | undefined
  /** The host sent something that is no frame: nothing after it is read. */
  readonly broken: boolean
}

/**
 * Reads frames however they are cut into chunks. What comes before the marker is a login shell's chatter and
 * is dropped. Holds one frame at most, so a host that lies costs no memory.
 */
export function createFrameReader(marker: string, count: number): FrameReader {
  const start = Buffer.from(`${marker}\n`)
  const seen = new Set<number>()
  let state: 'chatter' | 'frames' | 'over' | 'broken' = 'chatter'
  let total: TotalFrame | undefined
  let held: Buffer[] = []
  /** Bytes held, and how many there must be before it is worth looking again. */
  let size = 0
  let wanted = 1

  function keep(rest: Buffer, enough: number): void {
    held = [rest]
    size = rest.length
    wanted = enough
  }

  function skipChatter(bytes: Buffer): Buffer | undefined {
    const at = bytes.indexOf(start)
    if (at >= 0) return bytes.subarray(at + start.length)
    keep(bytes.subarray(Math.max(0, bytes.length - start.length + 1)), 1)
    return undefined
  }

  function readFrames(bytes: Buffer): Frame[] {
    const frames: Frame[] = []
    let rest = bytes
    for (;;) {
      const next = takeFrame(rest)
      if (next.kind === 'more') {
        keep(rest, next.wanted)
        return frames
      }
      if (next.kind === 'total') {
        total = next.total
        state = 'over'
        held = []
        return frames
      }
      if (next.kind === 'broken' || next.frame.index >= count || seen.has(next.frame.index)) {
        state = 'broken'
        held = []
        return frames
      }
      seen.add(next.frame.index)
      frames.push(next.frame)
      rest = rest.subarray(next.length)
    }
  }

  return {
    get broken() {
      return state === 'broken'
    },
    get total() {
      return total
    },
    push(chunk) {
      if (state === 'broken' || state === 'over') return []
      held.push(chunk)
      size += chunk.length
      if (size < wanted) return []
      const bytes = Buffer.concat(held)
      const rest = state === 'frames' ? bytes : skipChatter(bytes)
      if (!rest) return []
      state = 'frames'
      return readFrames(rest)
    },
  }
}

const HOW = '(?<how>exited|signalled|timed-out|cut)'
const NUMBERS = ['code', 'leftover', 'ms', 'cpu', 'out', 'err'].map((name) => `(?<${name}>\\d{1,9})`)
const HEADER = new RegExp(`^(?<index>\\d{1,4}) ${HOW} ${NUMBERS.join(' ')}$`)
const TOTAL = /^cost (?<cpu>\d{1,12}) (?<processes>\d{1,9})$/
const LONGEST_HEADER = 80
const NEWLINE = 10

type Taken =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly length: number }
  | { readonly kind: 'total'; readonly total: TotalFrame }
  | { readonly kind: 'more'; readonly wanted: number }
  | { readonly kind: 'broken' }

/** The frame that these bytes begin with. */
function takeFrame(bytes: Buffer): Taken {
  const end = bytes.indexOf(NEWLINE)
  if (end < 0 && bytes.length <= LONGEST_HEADER) return { kind: 'more', wanted: bytes.length + 1 }
  const line = bytes.toString('latin1', 0, Math.min(end, LONGEST_HEADER))
  const { cpu, processes } = TOTAL.exec(line)?.groups ?? {}
  if (cpu !== undefined) return { kind: 'total', total: { cpuUs: Number(cpu), processes: Number(processes) } }
  const header = HEADER.exec(line)?.groups
  if (!header) return { kind: 'broken' }
  const [stdoutBytes, stderrBytes] = [Number(header.out), Number(header.err)]
  if (stdoutBytes > KEPT_BYTES || stderrBytes > KEPT_BYTES) return { kind: 'broken' }
  const middle = end + 1 + stdoutBytes
  const length = middle + stderrBytes
  if (bytes.length < length) return { kind: 'more', wanted: length }
  const frame: Frame = {
    index: Number(header.index),
    how: header.how as Frame['how'],
    code: Number(header.code),
    leftover: Number(header.leftover),
    ms: Number(header.ms),
    cpuUs: Number(header.cpu),
    // Copies: a slice would keep the whole chunk alive for as long as the outcome lives.
    stdout: Buffer.from(bytes.subarray(end + 1, middle)),
    stderr: Buffer.from(bytes.subarray(middle, length)),
  }
  return { kind: 'frame', frame, length }
}
