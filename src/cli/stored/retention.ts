import { removeOld } from '../../retention/pass.ts'
import { type Preview, type PreviewOfAll, previewOf } from '../../retention/preview.ts'
import { because } from '../../retention/references.ts'
import type { RetentionSettings } from '../../retention/settings.ts'
import { totalOf } from '../../retention/stored-bytes.ts'
import { sizeWords } from '../../retention/words.ts'
import type { Db } from '../../store/db.ts'
import { schemaAge } from '../../store/migrate.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import type { Options } from '../read-hosts.ts'
import { withStore } from './with-store.ts'

export interface RetentionOptions extends Options {
  readonly dryRun?: boolean
}

/** Takes away what is too old now, and not within the hour; or prints what would go, and why the rest stays. */
export function retentionCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  options: RetentionOptions,
): Promise<number> {
  return withStore(term, env, options, async (db, { retention }) => {
    if ((await schemaAge(db)) === 'older')
      return refuse(term, [
        'The store is older than this version: start `debvisor serve` once, which brings it up to date.',
      ])
    if (!options.dryRun) return removeNow(term, db, retention)
    for (const line of linesOf(await previewOf(db, retention), retention)) term.out(line)
    return exitCodes.healthy
  })
}

async function removeNow(term: Terminal, store: Db, settings: RetentionSettings): Promise<number> {
  const warn = (details: { readonly kind?: string; readonly err?: Error }, words: string) =>
    term.err(`debvisor: ${[details.kind, words, details.err?.message].filter(Boolean).join(': ')}`)
  const log = { info() {}, debug() {}, warn: warn as never }
  const gone = await removeOld({ store, settings: () => settings, log }, { isAsked: true })
  if (!gone)
    return refuse(term, ['A running bot is taking away what is too old at this moment; its log says what.'])
  const all = [...gone].filter(([, { count }]) => count > 0)
  for (const [name, { count, bytes }] of all) term.out(`${name}: ${count} gone, ${sizeWords(bytes)}`)
  if (all.length === 0) term.out('Nothing was too old.')
  return exitCodes.healthy
}

function linesOf({ kinds, stored }: PreviewOfAll, settings: RetentionSettings): string[] {
  const going = kinds.filter(({ count }) => count > 0)
  const { size } = settings
  return [
    ...(going.length === 0 ? ['Nothing would go.'] : ['This would go:', ...going.map(lineOf)]),
    ...staying(kinds),
    `Stored: ${sizeWords(totalOf(stored))} of ${size === null ? 'any size' : sizeWords(size)} (outputs ${sizeWords(stored.outputs)}, verdicts ${sizeWords(stored.verdicts)}, snapshots ${sizeWords(stored.snapshots)}).`,
    'Nothing was deleted.',
  ]
}

const lineOf = ({ name, count, bytes, oldest }: Preview): string =>
  `  ${name}: ${count}, ${sizeWords(bytes)}${oldest ? `, the oldest of ${oldest.toISOString().slice(0, 10)}` : ''}`

function staying(kinds: readonly Preview[]): string[] {
  const lines = kinds.flatMap(({ name, staying }) =>
    [...staying].map(([reason, count]) => `  ${name}: ${count}, because ${because(reason)}`),
  )
  return lines.length === 0 ? [] : ['This is old enough, and stays:', ...lines]
}
