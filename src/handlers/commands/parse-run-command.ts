import type { Action } from '../../access/authorize.ts'

/** Reads `/debvisor ack|page|resolve|cancel|again|why|timeline RUN`. Pure. */

export const runActs = ['ack', 'page', 'resolve', 'cancel', 'again', 'why', 'timeline'] as const
export type RunAct = (typeof runActs)[number]

/** What each takes. */
export const rightFor: Readonly<Record<RunAct, Action>> = {
  ack: 'escalate',
  page: 'page',
  resolve: 'escalate',
  cancel: 'diagnose',
  again: 'diagnose',
  why: 'read',
  timeline: 'read',
}

export interface RunCommand {
  readonly kind: 'run'
  readonly act: RunAct
  /** As it was typed. */
  readonly code: string
  /** The host that has this name, too: it counts where no run has this code. */
  readonly host?: string
}

/** `missing`: nothing else was wrong with it. */
export type ReadRunCommand = RunCommand | { readonly wrong: string; readonly missing?: MissingRun }

export interface MissingRun {
  readonly what: 'run'
  readonly act: RunAct
}

/** Letters and digits; which of them a code has, the store knows. */
const CODE = /^#?([A-Za-z0-9]{4,12})$/

/** "ack 7F3K", "ack run 7f3k". `hostOf`: the host of that name. */
export function readRunCommand(
  act: RunAct,
  rest: readonly string[],
  hostOf: (word: string) => string | undefined,
): ReadRunCommand {
  const [first, second, third] = rest
  const [typed, extra] =
    first?.toLowerCase() === 'run' && second !== undefined ? [second, third] : [first, second]
  const whole = `\`/debvisor ${act} 7F3K\``
  if (typed === undefined)
    return {
      wrong: `Which run? ${whole}, with the code in the last line of its message.`,
      missing: { what: 'run', act },
    }
  const code = CODE.exec(typed)?.[1]
  const host = hostOf(typed)
  if (code === undefined && host !== undefined) return { wrong: isHost(host, act) }
  if (code === undefined)
    return { wrong: `A run has a short code: ${whole}; \`/debvisor status\` lists them.` }
  if (extra !== undefined) return { wrong: `One run at a time, and nothing after it: ${whole}.` }
  return { kind: 'run', act, code, ...(host === undefined ? {} : { host }) }
}

/** A host in the place of a run's code. */
export const isHost = (host: string, act: RunAct): string =>
  `\`${host}\` is a host, and this takes the code of a run: \`/debvisor ${act} 7F3K\`. \`/debvisor status\` lists them.`
