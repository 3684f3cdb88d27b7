import { auditRows, verifyAudit } from '../store/audit/audit.ts'
import type { AuditHead } from '../store/audit/audit-chain.ts'
import { printJson } from './output/print.ts'
import { quoteWord } from './output/quote-word.ts'
import { refuse } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import type { Options } from './read-hosts.ts'
import { withStore } from './stored/with-store.ts'

export interface VerifyOptions extends Options {
  /** COUNT:HASH, as an earlier verify printed it. */
  readonly anchor?: string
}

/**
 * Checks the audit's chain. Exit status 0: every row is as it was written. 1: one is not, and the first such row is
 * named.
 */
export async function verifyCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  options: VerifyOptions,
): Promise<number> {
  const anchor = options.anchor === undefined ? undefined : readAnchor(options.anchor)
  if (anchor === null)
    return refuse(term, [
      `${quoteWord(options.anchor ?? '')} is no anchor: give the COUNT:HASH that an earlier verify printed.`,
    ])
  return withStore(term, env, options, async (db) => {
    const verified = await verifyAudit(db, anchor)
    if (!verified.ok) {
      term.out(`Broken: row ${verified.broken.position} ${verified.broken.problem}.`)
      return exitCodes.problem
    }
    const { count, hash } = verified.head
    term.out(
      `Good: ${count} rows. Note the head elsewhere, and verify with it later: --anchor ${count}:${hash}`,
    )
    return exitCodes.healthy
  })
}

export interface ExportOptions extends Options {
  readonly since?: string
}

/** Prints a JSON line for each row: the entry, its position and its hash. */
export async function exportCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  options: ExportOptions,
): Promise<number> {
  const since = options.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(options.since)
  if (Number.isNaN(since))
    return refuse(term, [
      `${quoteWord(options.since ?? '')} is no time: write 2026-01-31 or 2026-01-31T08:00:00Z.`,
    ])
  return withStore(term, env, options, async (db) => {
    for await (const { position, entry, hash } of auditRows(db)) {
      const written = readEntry(entry)
      // An entry without a time was tampered with, so it is never left out.
      if (!(Date.parse(written.at) < since)) term.out(printJson({ position, ...written, hash }))
    }
    return exitCodes.healthy
  })
}

/** An entry that somebody overwrote is shown as it stands. */
function readEntry(entry: string): { readonly at: string } {
  try {
    const written: unknown = JSON.parse(entry)
    if (typeof written === 'object' && written !== null) return { at: '', ...written }
  } catch {}
  return { at: '', unreadable: entry } as { at: string }
}

function readAnchor(text: string): AuditHead | null {
  const [, count, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  return count === undefined || hash === undefined ? null : { count: Number(count), hash }
}
