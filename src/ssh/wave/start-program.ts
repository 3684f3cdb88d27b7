import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { quote } from '../../text/quote.ts'

/**
 * A program that runs on the host: through an SSH channel, or as a child process where the host is this
 * machine.
 */
export interface Program {
  readonly input: Writable
  readonly output: Readable
  readonly errors: Readable
  /** Resolves when it is over and all its output was read, or the connection is lost. Never rejects. */
  readonly ended: Promise<{ readonly code: number | null; readonly lost?: string }>
  /**
   * Tears it down without waiting; what it started on the host is ended by wave.pl, which sees its input end.
   */
  destroy(): void
}

export type Started =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly reason: string }

/**
 * Starts perl with the bootstrap; `lengths` are those of the program and of the wave, which follow on its
 * input.
 */
export type Start = (lengths: readonly [number, number]) => Promise<Started>

/** Runs on the host; see wave.pl. */
export const WAVE_PROGRAM = readFileSync(new URL('./wave.pl', import.meta.url))

/**
 * Reads the program and the wave from STDIN and evaluates the program. It leaves STDIN open: EOF later means
 * that the bot is gone. Free of single quotes, backslashes, exclamation marks and newlines, so that every
 * login shell passes it on as it is.
 */
const BOOTSTRAP =
  'binmode STDIN;' +
  '@in=map{my$b="";while(length$b<$_){sysread(STDIN,$b,$_-length$b,length$b)or exit}$b}@ARGV;' +
  'eval$in[0];die$@if$@'

export const perlArguments = (lengths: readonly [number, number]): string[] => [
  '-e',
  BOOTSTRAP,
  ...lengths.map(String),
]

/** `exec`, so that no login shell stays in between. */
export const perlCommandLine = (lengths: readonly [number, number]): string =>
  `exec perl -e ${quote(BOOTSTRAP)} ${lengths.join(' ')}`
