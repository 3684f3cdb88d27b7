import { redactAssignments } from './assigned-secrets.ts'
import { decode } from './decode.ts'
import { redactEncoded, withPlainKeys } from './encoded-strings.ts'
import { knownSecrets } from './known-secrets.ts'
import { redactBlocks } from './multi-line-secrets.ts'
import { redactPatterns } from './redact-patterns.ts'
import { sanitise } from './sanitise.ts'

export interface Redactor {
  /**
   * All that host output passes before it is parsed, stored or shown, in this order (S16): decode, sanitise, redact.
   * `bytes` is one stream, as the SSH layer capped it. Where it was cut inside a secret of ours, the beginning of the
   * secret goes too. What a parser will decode is asked about decoded.
   */
  output(bytes: Uint8Array): string
  /** Redacts only: our own messages, logs and errors. Applying it twice changes nothing. The number of lines stays. */
  text(text: string): string
}

/** That of the bot, whose secrets may be replaced while it runs. */
export interface LearningRedactor extends Redactor {
  /** Hides these as well from now on; those that it knew stay hidden, since outputs may still hold them. */
  learn(secrets: readonly string[]): void
}

/** `secrets` are the values that we hold: tokens, passwords, and what `redact.secretFiles` lists (S17). */
export function makeRedactor({ secrets }: { readonly secrets: readonly string[] }): LearningRedactor {
  let all = secrets
  let known = knownSecrets(all)
  const text = (input: string): string => redactShapes(known.replace(input))
  const output = (bytes: Uint8Array): string => {
    const plain = withPlainKeys(sanitise(decode(bytes)))
    return redactEncoded(text(known.replaceCut(plain)), (decoded) => text(sanitise(decoded)))
  }
  return {
    output,
    text,
    learn(more) {
      all = [...new Set([...all, ...more])]
      known = knownSecrets(all)
    },
  }
}

/** Blocks come last: a mark inside a private key is part of it, whichever rule set it. */
const redactShapes = (text: string): string =>
  redactBlocks(redactPatterns(text).split('\n').map(redactAssignments).join('\n'))
