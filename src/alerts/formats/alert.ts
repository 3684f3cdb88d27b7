import { createHash } from 'node:crypto'
import { oneLine } from '../../text/shorten.ts'

/** One alert of a notice, whoever sent it. All of it is a stranger's text. */
export interface Alert {
  /** The same for every notice of it; hashed, so that its length is bounded. */
  readonly fingerprint: string
  readonly state: 'firing' | 'resolved'
  readonly name: string
  /** With `alertname`. */
  readonly labels: Readonly<Record<string, string>>
  /** When this firing began, as the sender says it. */
  readonly startsAt: Date | null
}

export type ReadAlerts =
  | {
      readonly ok: true
      readonly alerts: readonly Alert[]
      /** So many more there are: the sender left them out, or they cannot be read. */
      readonly leftOut: number
    }
  | { readonly ok: false; readonly reason: string }

export type Fields = Readonly<Record<string, unknown>>

export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

/** A number is what some senders write where others write words. */
export function wordOf(value: unknown): string | undefined {
  const word = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  return typeof word === 'string' && word.trim() !== '' ? oneLine(word, 300) : undefined
}

/** More labels than these say nothing more of the host. */
const MOST_LABELS = 64

export const labelsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fieldsOf(value) ?? {})
      .slice(0, MOST_LABELS)
      .flatMap(([key, label]) => {
        const word = wordOf(label)
        return word === undefined ? [] : [[key.slice(0, 100), word] as const]
      }),
  )

/** ISO 8601, or seconds since 1970. Null: none, or one before 2000, which is how some write "not yet". */
export function timeOf(value: unknown): Date | null {
  const seconds =
    typeof value === 'number' ? value : /^\d{9,11}$/.test(String(value)) ? Number(value) : undefined
  const date = new Date(seconds === undefined ? String(value ?? '') : seconds * 1_000)
  const year = date.getUTCFullYear()
  return year >= 2000 && year < 2200 ? date : null
}

/** What tells alerts apart, whatever characters and however many a sender writes. */
export const fingerprintOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32)

/** As people are shown it: without what breaks out of code, what hides, and half characters, which no store takes. */
export const shownName = (name: string): string =>
  oneLine(name.replace(/[`\p{Cf}\p{Cs}]/gu, ''), 80) || 'without a name'
