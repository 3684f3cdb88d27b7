import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/**
 * A time to sleep that no other process on this machine sleeps: a mark by which the sleeper is found again.
 */
export const uniqueSleep = (): string => `600.${randomInt(1e9, 1e10)}`

/** Processes on this machine whose command line has this text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(text))
    .map(Number)
}

export function parentOf(pid: number): number {
  const parent = /\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1]
  if (!parent) throw new Error(`process ${pid} is gone`)
  return Number(parent)
}

/** Empty where the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
