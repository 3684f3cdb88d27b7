import { makeRedactor } from '../../redact/redact.ts'
import { appendKnownHost, pinnedBefore, scanHostKey } from '../../ssh/keys/trust-host-key.ts'
import { quoteWord } from '../output/quote-word.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import { didYouMean, type Options, readHosts } from '../read-hosts.ts'

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
