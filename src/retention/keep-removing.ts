import type { Logger } from 'pino'
import type { Store } from '../store/store.ts'
import { tellDays } from './day-totals.ts'
import { removeOld } from './pass.ts'
import type { RetentionSettings } from './settings.ts'

export interface RetentionKeeper {
  readonly store: Store
  readonly team: string
  readonly settings: () => RetentionSettings
  readonly log: Logger
}

/** Whose turn it is looks once an hour; the others ask as often as that for the turn of one that died. */
const EVERY_MS = 60_000
/** Whoever starts has more urgent things to do. */
const FIRST_MS = 30_000

/** One look of one replica; another may have the turn. */
export async function lookForOld({ store, team, settings, log }: RetentionKeeper, signal?: AbortSignal) {
  const gone = await removeOld({ store, settings, log, signal })
  if (gone) await tellDays(store, team)
}

/** Takes away what is too old, for as long as the bot runs. */
export function keepRemoving(keeper: RetentionKeeper): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let looking = Promise.resolve()
  const tick = (): void => {
    looking = lookForOld(keeper, stopping.signal)
      .catch((error: unknown) => keeper.log.error({ err: error }, 'the retention failed; it goes on'))
      .then(() => {
        if (!stopping.signal.aborted) timer = setTimeout(tick, EVERY_MS)
      })
  }
  timer = setTimeout(tick, FIRST_MS)
  return {
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await looking
    },
  }
}
