import { makeRedactor } from '../redact/redact.ts'
import { appendKnownHost, pinnedBefore, scanHostKey } from '../ssh/keys/trust-host-key.ts'
import type { Hop } from '../ssh/outcome.ts'
import { refuse, unreachable } from './diagnose.ts'
import { lookWithAll } from './look-with-all.ts'
import { columns } from './output/print.ts'
import { quoteWord } from './output/quote-word.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import { didYouMean, type Options, readHosts, setUp } from './set-up.ts'

export function hostsCommand(term: Terminal, env: NodeJS.ProcessEnv, options: Options): number {
  const ready = readHosts(env, options, [])
  if (!ready.ok) return refuse(term, ready.sentences)
  const rows = [...ready.inventory.hosts.values()].map((host) => [
    host.name,
    host.route.kind === 'local' ? 'this machine' : host.route.hops.map(at).join(' → '),
    [...host.groups, ...(host.production ? ['(production)'] : [])].join(' '),
  ])
  for (const line of columns(rows)) term.out(line)
  return exitCodes.healthy
}

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

const at = (hop: Hop): string => `${hop.user}@${hop.address}${hop.port === 22 ? '' : `:${hop.port}`}`

export interface TrustOptions extends Options {
  readonly fingerprint?: string
}

/**
 * Pins the key of a host, which takes a person: the key is shown, compared with what the host's own console says, and
 * pinned after a yes, or at once if it has the fingerprint that was given.
 */
export async function trustCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  name: string,
  options: TrustOptions,
): Promise<number> {
  const { fingerprint } = options
  if (fingerprint !== undefined && !isFingerprint(fingerprint))
    return refuse(term, [
      `${quoteWord(fingerprint)} is no fingerprint: write it as \`ssh-keygen -lf\` does, SHA256:… with 43 characters.`,
    ])
  const ready = readHosts(env, options, ['passphrase'])
  if (!ready.ok) return refuse(term, ready.sentences)
  const { config, inventory } = ready
  const redactor = makeRedactor({ secrets: config.secrets })
  const host = inventory.hosts.get(name)
  if (!host) {
    const near = didYouMean(name, [...inventory.hosts.keys()])
    return refuse(term, [`There is no host ${quoteWord(name)} in the inventory.${near}`])
  }
  if (host.route.kind === 'local') return refuse(term, [`${name} is this machine: there is no key to trust.`])
  const { hops } = host.route
  const scanned = await scanHostKey(hops, {
    knownHostsFile: config.knownHosts,
    passphrase: config.ssh.passphrase,
  })
  if (!scanned.ok) {
    const { hop, reason, remedy } = scanned.failure
    return refuse(term, [`No key from ${hop}: ${redactor.output(Buffer.from(reason))}; ${remedy}.`])
  }
  term.err(`${name} shows ${scanned.key.type} ${scanned.fingerprint}`)
  const last = hops.at(-1)
  const before = last && (await pinnedBefore(config.knownHosts, last, scanned.key))
  if (typeof before === 'number') {
    const older = `${config.knownHosts}:${before} pins another ${scanned.key.type} key of ${name}`
    return refuse(term, [`${older}: find out why it changed; then remove that line and come again.`])
  }
  const agreed = await agree(term, scanned.fingerprint, fingerprint)
  if (agreed !== true) return refuse(term, [agreed])
  if (last && before !== 'same') await appendKnownHost(config.knownHosts, last, scanned.key)
  term.out(`Pinned in ${config.knownHosts}.`)
  return exitCodes.healthy
}

/** Of a SHA-256 in base64 without its padding, as OpenSSH prints it. */
const isFingerprint = (text: string): boolean => /^SHA256:[A-Za-z0-9+/]{43}$/.test(text)

async function agree(term: Terminal, offered: string, wanted: string | undefined): Promise<true | string> {
  if (wanted !== undefined)
    return offered === wanted || `That is not ${quoteWord(wanted)}: nothing was pinned.`
  const answer = await term.ask("Is that what the host's own console says? Type yes to pin it: ")
  if (answer === undefined) return 'Nobody can be asked here: name the key with --fingerprint SHA256:…'
  return answer.trim().toLowerCase() === 'yes' || 'Nothing was pinned.'
}
