import { upperBound } from './bound.ts'
import { requirements } from './requirements.ts'
import type { Tally } from './tally.ts'

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %`

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

/** As it is printed, and as it stands in docs/chaos.md. */
export function printTables({
  requirements: counted,
  checks,
  faults,
  rounds,
  runs,
  givenUp,
  requests,
}: Tally): string {
  return [
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, ${runs} runs, ${requests} requests and alerts. ${givenUp} runs were given up after five workers had taken them, and say so.`,
    '',
    row(['code', 'fault', 'counted as a trial', 'trials', 'failures', '95 % bound']),
    row(['---', '---', '---', '---:', '---:', '---:']),
    ...requirements.map(({ code, fault, counted: trial }) => {
      const { trials = 0, failures = 0 } = counted[code] ?? {}
      return row([
        code,
        fault,
        trial,
        trials,
        failures,
        percent(upperBound(trials, Math.min(failures, trials))),
      ])
    }),
    '',
    row(['check', 'looked at', 'broken']),
    row(['---', '---:', '---:']),
    ...Object.entries(checks).map(([name, { trials, failures }]) => row([name, trials, failures])),
    '',
    row(['done to the bot', 'times']),
    row(['---', '---:']),
    ...Object.entries(faults).map(([name, times]) => row([inWords(name), times])),
  ].join('\n')
}

const inWords = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
