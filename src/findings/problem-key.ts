import { createHash } from 'node:crypto'

export interface Problem {
  /** Slack team. */
  readonly team: string
  readonly host: string
  /** Id of the finding; `unreachable.STAGE` for a run that failed, `inconclusive.TOPIC` for one without an answer. */
  readonly finding: string
  /** The mount, unit, database …; the hop that could not be reached; the host. */
  readonly subject: string
}

/** Half of a surrogate pair, which a cut text may end in, has no encoding. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8')

/** PagerDuty's limit for a dedup_key. */
const MAX_KEY = 255

/**
 * The key of a problem, whatever topic found it. Escalations and pages are kept by it. At most 255 characters of
 * printable ASCII; a key that would be longer, or whose parts hold other characters, ends in a digest of all of it.
 */
export function problemKey({ team, host, finding, subject }: Problem): string {
  const parts = [team, host, finding, subject]
  const plain = parts.map((part) => encodeURIComponent(wellFormed(part))).join(':')
  if (plain.length <= MAX_KEY) return plain
  const digest = createHash('sha256').update(plain).digest('hex').slice(0, 32)
  return `${plain.slice(0, MAX_KEY - digest.length - 1)}:${digest}`
}

const DIGEST = /^[0-9a-f]{32}$/

/** Id of the finding that a key was made of. Undefined: it is no such key, or is cut within it. */
export function findingOfKey(key: string): string | undefined {
  const parts = key.split(':')
  const isCut = key.length === MAX_KEY && DIGEST.test(parts.at(-1) ?? '')
  const finding = parts[2]
  if (finding === undefined || parts.length !== (isCut ? 5 : 4)) return undefined
  try {
    return decodeURIComponent(finding)
  } catch {
    return undefined
  }
}
