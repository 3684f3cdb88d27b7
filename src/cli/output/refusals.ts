import type { ConnectFailure } from '../../ssh/outcome.ts'
import { exitCodes, type Terminal } from './terminal.ts'

export function unreachable({ hop, reason, remedy }: ConnectFailure, host: string): string {
  const where = hop === host ? host : `${host}, at ${hop}`
  return `Could not examine ${where}: ${reason}; ${remedy}.`
}

export function refuse(term: Terminal, sentences: readonly string[]): number {
  for (const sentence of sentences) term.err(`debvisor: ${sentence}`)
  return exitCodes.couldNotRun
}
