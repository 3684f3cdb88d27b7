import type { Runbook } from '../engine/runbook/runbook.ts'
import { triage } from '../engine/triage.ts'
import type { Host } from '../inventory/inventory.ts'
import { quoteWord } from './output/quote-word.ts'
import { didYouMean } from './read-hosts.ts'
import type { SetUp } from './set-up.ts'

export type ChosenRunbook =
  | {
      readonly ok: true
      readonly runbook: Runbook
      readonly host: Host
      /** Why this topic, where nobody named it. */
      readonly reason?: string
    }
  | { readonly ok: false; readonly sentence: string }

export const NOTHING_ASKED =
  'What is to be diagnosed? debvisor diagnose <topic> <host>, or <host> and what is wrong.'

/** Reads `TOPIC HOST`, or `HOST` and what is wrong with it. The inventory refuses a host that is named like a topic. */
export function chooseRunbook({ runbooks, inventory }: SetUp, words: readonly string[]): ChosenRunbook {
  const [first, second, ...more] = words
  if (first === undefined) return no(NOTHING_ASKED)
  const hosts = [...inventory.hosts.keys()]
  const direct = inventory.hosts.get(first)
  if (direct) return chooseFor(direct, words.slice(1), { runbooks, inventory })
  const runbook = runbooks.find(first.toLowerCase())
  if (!runbook)
    return no(
      `There is no topic or host ${quoteWord(first)}.${didYouMean(first, [...runbooks.names(), ...hosts])}`,
    )
  if (second === undefined) return no(`On which host? debvisor diagnose ${runbook.topic} <host>`)
  const host = inventory.hosts.get(second)
  if (!host) return no(`There is no host ${quoteWord(second)} in the inventory.${didYouMean(second, hosts)}`)
  if (more[0] !== undefined) return no(`One host at a time: what is ${quoteWord(more[0])} after ${second}?`)
  return { ok: true, runbook, host }
}

function chooseFor(
  host: Host,
  said: readonly string[],
  { runbooks, inventory }: Pick<SetUp, 'runbooks' | 'inventory'>,
): ChosenRunbook {
  const [second = ''] = said
  if (inventory.hosts.has(second))
    return no(`One host at a time: what is ${quoteWord(second)} after ${host.name}?`)
  const named = said.length === 1 ? runbooks.find(second.toLowerCase()) : undefined
  if (named) return { ok: true, runbook: named, host }
  const choice = triage([...runbooks.topics.values()], said.join(' '))
  const runbook = choice && runbooks.topics.get(choice.topic)
  return runbook
    ? { ok: true, runbook, host, reason: choice.reason }
    : no('There is no runbook to chooseRunbook from.')
}

const no = (sentence: string): ChosenRunbook => ({ ok: false, sentence })
