import { resolveParameters } from '../engine/runbook/parameters.ts'
import { fixSudoersFile, sudoersFile } from '../engine/sudoers/sudoers-file.ts'
import { notConfigured } from '../fixes/offer.ts'
import type { Host } from '../inventory/inventory.ts'
import { loginName } from '../ssh/local-session.ts'
import { lookWithAll } from './look-with-all.ts'
import { quoteWord } from './output/quote-word.ts'
import { refuse, unreachable } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import { didYouMean, type Options } from './read-hosts.ts'
import { setUp } from './set-up.ts'

export interface SudoersOptions extends Options {
  readonly fixes?: boolean
  /** Asks the host first what of the platform it has. */
  readonly found?: boolean
}

/** Prints what the login of a host would have to be granted; grants nothing, and connects only where `found` is asked for. */
export async function sudoersCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  name: string,
  { fixes, found, ...options }: SudoersOptions,
): Promise<number> {
  const ready = setUp(env, options)
  if (!ready.ok) return refuse(term, ready.sentences)
  const { runbooks, inventory } = ready
  const host = inventory.hosts.get(name)
  if (!host) {
    const near = didYouMean(name, [...inventory.hosts.keys()])
    return refuse(term, [`There is no host ${quoteWord(name)} in the inventory.${near}`])
  }
  const there = found ? await lookWithAll(ready, host) : undefined
  if (there?.ok === false) return refuse(term, [unreachable(there.failure, name)])
  if (there?.unanswered) term.err(`debvisor: ${name} did not say what is there: ${there.unanswered}.`)
  const variables = { ...there?.found, ...host.variables }
  const resolved = [...runbooks.topics.values()].flatMap((runbook) => {
    const parameters = resolveParameters(runbook, variables)
    // setUp refuses an inventory whose variables do not fit.
    return parameters.ok ? [{ runbook, parameters: parameters.values }] : []
  })
  const mender = ready.fixRoutes.get(name)?.target.user
  if (fixes && mender === undefined) return refuse(term, [notConfigured(name).replaceAll('`', '')])
  const file =
    fixes && mender !== undefined
      ? fixSudoersFile({ host: name, login: mender, runbooks: resolved })
      : sudoersFile({ host: name, login: loginOf(host), runbooks: resolved })
  term.out(file.replace(/\n$/, ''))
  return exitCodes.healthy
}

const loginOf = ({ route }: Host): string =>
  route.kind === 'local' ? loginName() : (route.hops.at(-1)?.user ?? loginName())
