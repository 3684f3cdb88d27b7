import type { Runbook } from '../engine/runbook/runbook.ts'
import { triage } from '../engine/triage.ts'
import { isHostPattern, matchHosts } from '../inventory/host-pattern.ts'
import type { Host } from '../inventory/inventory.ts'
import { quoteWord } from './output/quote-word.ts'
import { didYouMean } from './read-hosts.ts'
import type { SetUp } from './set-up.ts'

export type ChosenRunbook =
  | {
      readonly ok: true
      readonly runbook: Runbook
      readonly hosts: Asked
      /** Why this topic, where nobody named it. */
      readonly reason?: string
    }
  | { readonly ok: false; readonly sentence: string }

/** One host by its name, or all that a pattern means. */
export type Asked =
  | { readonly kind: 'one'; readonly host: Host }
  | { readonly kind: 'many'; readonly pattern: string; readonly hosts: readonly Host[] }

export const NOTHING_ASKED =
  'What is to be diagnosed? debvisor diagnose <topic> <hosts>, or <hosts> and what is wrong.'

/**
 * Reads `TOPIC HOSTS`, or `HOSTS` and what is wrong with them. The inventory refuses a host or a group that is named
 * like a topic.
 */
export function chooseRunbook({ runbooks, inventory }: SetUp, words: readonly string[]): ChosenRunbook {
  const [first, second, ...more] = words
  if (first === undefined) return no(NOTHING_ASKED)
  const direct = hostsBehind(first, inventory)
  if (direct?.ok) return chooseFor(direct.hosts, words.slice(1), { runbooks, inventory })
  if (direct) return direct
  const runbook = runbooks.find(first.toLowerCase())
  if (!runbook) {
    const names = [...runbooks.names(), ...inventory.hosts.keys(), ...inventory.groups.keys()]
    return no(`There is no topic, host or group ${quoteWord(first)}.${didYouMean(first, names)}`)
  }
  if (second === undefined) return no(`On which host? debvisor diagnose ${runbook.topic} <host>`)
  const behind = hostsBehind(second, inventory)
  if (behind && !behind.ok) return behind
  if (!behind) {
    const names = [...inventory.hosts.keys(), ...inventory.groups.keys()]
    return no(`There is no host or group ${quoteWord(second)} in the inventory.${didYouMean(second, names)}`)
  }
  const [extra] = more
  if (extra !== undefined && isOfHosts(inventory, extra)) return severalWords(second, extra)
  if (extra !== undefined)
    return no(
      `What is ${quoteWord(extra)} after ${second}? With a topic nothing else is said; leave out one of both.`,
    )
  return { ok: true, runbook, hosts: behind.hosts }
}

/** Undefined: it is neither a host nor a pattern of hosts. */
function hostsBehind(
  word: string,
  inventory: SetUp['inventory'],
):
  | { readonly ok: true; readonly hosts: Asked }
  | { readonly ok: false; readonly sentence: string }
  | undefined {
  const host = inventory.hosts.get(word)
  if (host) return { ok: true, hosts: { kind: 'one', host } }
  if (!isHostPattern(inventory, word)) return undefined
  const matched = matchHosts(inventory, word)
  if (matched.ok) return { ok: true, hosts: { kind: 'many', pattern: word, hosts: matched.hosts } }
  return {
    ok: false,
    sentence: `Nothing was asked: ${matched.message}${matched.message.endsWith('?') ? '' : '.'}`,
  }
}

/** Hosts too, and not what is wrong with those before it. */
const isOfHosts = ({ hosts, groups }: SetUp['inventory'], word: string): boolean =>
  /^[!&~]|\*/.test(word) || word.split(/[,:]/).some((part) => hosts.has(part) || groups.has(part))

const severalWords = (first: string, second: string): ChosenRunbook =>
  no(
    `What is ${quoteWord(second)} after ${first.slice(0, 60)}? Several hosts are written as one word: '${first.slice(0, 60)},${second.slice(0, 60)}'`,
  )

function chooseFor(
  hosts: Asked,
  said: readonly string[],
  { runbooks, inventory }: Pick<SetUp, 'runbooks' | 'inventory'>,
): ChosenRunbook {
  const [second = ''] = said
  // Only the next word: `host1 cannot reach db1` tells of another host.
  const more = isOfHosts(inventory, second) ? second : said.find((word) => /^[!&~]/.test(word))
  if (more !== undefined) return severalWords(hosts.kind === 'one' ? hosts.host.name : hosts.pattern, more)
  const named = said.length === 1 ? runbooks.find(second.toLowerCase()) : undefined
  if (named) return { ok: true, runbook: named, hosts }
  const choice = triage([...runbooks.topics.values()], said.join(' '))
  const runbook = choice && runbooks.topics.get(choice.topic)
  return runbook
    ? { ok: true, runbook, hosts, reason: choice.reason }
    : no('There is no runbook to choose from.')
}

const no = (sentence: string): ChosenRunbook & { readonly ok: false } => ({ ok: false, sentence })
