import { countStandings } from './fleet-table.ts'
import type { HostOutcome, Standing } from './host-outcome.ts'

const WORDS: readonly (readonly [Standing, string])[] = [
  ['critical', '🔴 % in trouble'],
  ['warning', '🟠 % with warnings'],
  ['unreachable', '⚫ % unreachable'],
  ['inconclusive', '🟡 % inconclusive'],
  ['stopped', '⚪ % stopped'],
  ['healthy', '🟢 % healthy'],
]

/** "🔴 3 in trouble, 🟢 37 healthy", the worst first. */
export function standingWords(outcomes: readonly HostOutcome[]): string {
  const counts = countStandings(outcomes)
  return WORDS.flatMap(([standing, words]) =>
    counts[standing] > 0 ? [words.replace('%', String(counts[standing]))] : [],
  ).join(', ')
}
