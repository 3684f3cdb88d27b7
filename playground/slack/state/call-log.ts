import type { Answer, ApiCall } from './api.ts'

/** One call that the bot made, and what became of it. */
export interface LoggedCall extends ApiCall {
  /** Milliseconds of the epoch. */
  readonly at: number
  /** HTTP status; undefined while it is under way, and for an answer that never left. */
  readonly status: number | undefined
  readonly answer: Answer | undefined
}

/** Everything that happened so far, and who waits for what comes next. */
export interface CallLog {
  calls(method?: string): readonly LoggedCall[]
  begin(call: ApiCall): (status: number | undefined, answer: Answer | undefined) => void
  /** Something changed that a waiting test may look at. */
  changed(): void
  waitFor<T>(look: () => T | Promise<T>, options: WaitOptions): Promise<Found<T>>
}

/** What ends a wait: anything that is true in a condition, so no 0 and no empty text, but an empty list. */
export type Found<T> = Exclude<T, false | null | undefined | 0 | ''>

export interface WaitOptions {
  /** How the wait is named in its failure: "the verdict of db on host1". */
  readonly what: string
  /** Default 10,000. */
  readonly ms?: number
}

export function openCallLog(now: () => number): CallLog {
  const calls: LoggedCall[] = []
  const waiting = new Set<() => void>()
  const changed = () => {
    for (const look of [...waiting]) look()
  }
  return {
    calls: (method) => calls.filter((call) => method === undefined || call.method === method),
    begin(call) {
      const index = calls.push({ ...call, at: now(), status: undefined, answer: undefined }) - 1
      changed()
      return (status, answer) => {
        calls[index] = { ...(calls[index] as LoggedCall), status, answer }
        changed()
      }
    },
    changed,
    waitFor: (look, options) => waitFor(waiting, look, options, () => lastCalls(calls)),
  }
}

/** How long after a look the next one comes where nothing changed at Slack: what is waited for may be a file, a page, a mail. */
const LOOK_AGAIN_MS = 250

/** Looks at once, again whenever something changed, now and then anyway, and a last time when the time is over. */
async function waitFor<T>(
  waiting: Set<() => void>,
  look: () => T | Promise<T>,
  { what, ms = 10_000 }: WaitOptions,
  tail: () => string,
): Promise<Found<T>> {
  let late = false
  let wake = () => {}
  let stale = false
  const onChange = () => {
    stale = true
    wake()
  }
  const timer = setTimeout(() => {
    late = true
    wake()
  }, ms)
  waiting.add(onChange)
  try {
    for (;;) {
      const last = late
      stale = false
      const found = await look()
      if (found) return found as Found<T>
      if (last) throw new Error(`waited ${ms} ms for ${what}, in vain; last seen: ${show(found)}\n${tail()}`)
      if (!stale && !late) await pause((resolve) => (wake = resolve))
    }
  } finally {
    clearTimeout(timer)
    waiting.delete(onChange)
  }
}

async function pause(wakeBy: (wake: () => void) => void): Promise<void> {
  let again: NodeJS.Timeout | undefined
  await new Promise<void>((resolve) => {
    again = setTimeout(resolve, LOOK_AGAIN_MS)
    wakeBy(resolve)
  })
  clearTimeout(again)
}

const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 2000)

function lastCalls(calls: readonly LoggedCall[]): string {
  const lines = calls.slice(-12).map((call) => {
    const outcome = call.answer?.error ?? (call.answer?.ok ? 'ok' : (call.status ?? 'no answer yet'))
    return `  ${call.method} ${outcome} ${show(call.args).slice(0, 300)}`
  })
  return `the last calls of the bot:\n${lines.join('\n') || '  none'}`
}
