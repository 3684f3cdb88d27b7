import { linesOf, notUnderstood, type Parser, type Shape, textBehind, understood } from '../parser.ts'
import { beganIn, cronOf, type Entry, entryOf } from './short-unix.ts'

/**
 * What ran right before a unit's main process was killed: `.rows`, the five units and commands of cron that began or
 * ended within two seconds before most of its deaths. `times` counts the deaths that had it before them, `deaths` all.
 * The lines are those of `journalctl -o short-unix`.
 *
 *     Id=debvisor.service
 *     1795652118.300121 host1 systemd[1]: Starting job-cleanup.service - Clean up...
 *     1795652118.912004 host1 CRON[77]: (root) CMD (/usr/local/bin/sweep)
 *     1795652119.301123 host1 systemd[1]: debvisor.service: Main process exited, code=killed, status=9/KILL
 *     1795652119.310017 host1 systemd[1]: job-cleanup.service: Deactivated successfully.
 */
const shape = { times: 'int', deaths: 'int', name: 'string' } as const satisfies Shape

export const besideDeaths: Parser = {
  gives: { rows: shape },
  parse(text) {
    const [head = '', ...lines] = linesOf(text)
    const unit = head.startsWith('Id=') ? head.slice('Id='.length) : ''
    if (unit === '') return notUnderstood('`Id=` with the name of a unit', text)
    const entries = lines
      .slice(-MOST_LINES)
      .map(entryOf)
      .filter((entry) => entry !== undefined)
    const { deaths, before } = count(unit, entries)
    const rows = [...before]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, 5)
      .map(([name, times]) => ({ times: BigInt(times), deaths: BigInt(deaths), name }))
    return understood({ rows })
  },
}

/** Each death looks at all that began before it. */
const MOST_LINES = 1000

function count(unit: string, entries: readonly Entry[]): { deaths: number; before: Map<string, number> } {
  const last = new Map<string, number>()
  const before = new Map<string, number>()
  let deaths = 0
  for (const { time, said } of entries) {
    if (said.includes(`${unit}: Main process exited, code=`)) {
      deaths++
      for (const [name, at] of last) if (time - at <= 2) before.set(name, (before.get(name) ?? 0) + 1)
    } else if (!said.includes(unit)) {
      const name = ranIn(said)
      if (name !== undefined) last.set(name, time)
    }
  }
  return { deaths, before }
}

function ranIn(said: string): string | undefined {
  const cron = cronOf(said)
  return cron ? `cron: ${cron.command}` : (beganIn(said) ?? endedIn(said))
}

/** "systemd[1]: job-cleanup.service: Deactivated successfully.", which was "Succeeded." before systemd 246. */
function endedIn(said: string): string | undefined {
  const [name = '', how = ''] = (textBehind('systemd[1]: ', said) ?? '').split(': ')
  return name.endsWith('.service') && /^(?:Deactivated|Succeeded)/.test(how) ? name : undefined
}
