import { lookWithAll } from '../look-with-all.ts'
import { columns } from '../output/print.ts'
import { quoteWord } from '../output/quote-word.ts'
import { refuse, unreachable } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import { didYouMean, type Options } from '../read-hosts.ts'
import { setUp } from '../set-up.ts'

/**
 * What a run would look at on a host: asks it what of the platform it has, and prints the value of each parameter with
 * where it is from.
 */
export async function showCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  name: string,
  options: Options,
): Promise<number> {
  const ready = setUp(env, options)
  if (!ready.ok) return refuse(term, ready.sentences)
  const host = ready.inventory.hosts.get(name)
  if (!host) {
    const near = didYouMean(name, [...ready.inventory.hosts.keys()])
    return refuse(term, [`There is no host ${quoteWord(name)} in the inventory.${near}`])
  }
  const there = await lookWithAll(ready, host)
  if (!there.ok) return refuse(term, [unreachable(there.failure, name)])
  if (there.unanswered) term.err(`debvisor: ${name} did not say what is there: ${there.unanswered}.`)
  term.out(`${name}: ${there.lookedAt ?? 'nothing of the platform was found'}`)
  term.out('')
  const rows = there.settings.map(({ name, value, from }) => [
    name,
    value === '' ? '–' : String(value),
    whence[from],
  ])
  for (const line of columns(rows)) term.out(line)
  return exitCodes.healthy
}

const whence = { inventory: 'inventory', host: 'found on the host', default: '' } as const
