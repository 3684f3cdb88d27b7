/** Reads `/debvisor ack|page|resolve|cancel RUN`. Pure. */

export const runActs = ['ack', 'page', 'resolve', 'cancel'] as const
export type RunAct = (typeof runActs)[number]

export interface RunCommand {
  readonly kind: 'run'
  readonly act: RunAct
  /** As it was typed. */
  readonly code: string
}

export type ReadRunCommand = RunCommand | { readonly wrong: string }

/** Letters and digits; which of them a code has, the store knows. */
const CODE = /^#?([A-Za-z0-9]{4,12})$/

/** "ack 7F3K", "ack run 7f3k" */
export function readRunCommand(act: RunAct, rest: readonly string[]): ReadRunCommand {
  const [first, second, third] = rest
  const [typed, extra] =
    first?.toLowerCase() === 'run' && second !== undefined ? [second, third] : [first, second]
  const whole = `\`/debvisor ${act} 7F3K\``
  if (typed === undefined)
    return { wrong: `Which run? ${whole}, with the code in the last line of its message.` }
  const code = CODE.exec(typed)?.[1]
  if (code === undefined)
    return { wrong: `A run has a short code: ${whole}; \`/debvisor status\` lists them.` }
  if (extra !== undefined) return { wrong: `One run at a time, and nothing behind it: ${whole}.` }
  return { kind: 'run', act, code }
}
