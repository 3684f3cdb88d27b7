import { readFileSync } from 'node:fs'

/** A process by pid and start time: a pid alone may have been given to another. */
export interface Running {
  readonly pid: number
  readonly started: string
}

/** Undefined where there is no such process. Field 22 of proc(5) stat, counted after the name, which may hold blanks. */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

export const running = (pid: number): Running => ({ pid, started: startTime(pid) ?? '' })

export const alive = ({ pid, started }: Running): boolean => started !== '' && startTime(pid) === started

export function end(process_: Running, signal: NodeJS.Signals): void {
  if (alive(process_)) process.kill(process_.pid, signal)
}

/** The first child, such as the init of a container for its nspawn. */
export function firstChild(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return children[0] ? Number(children[0]) : undefined
  } catch {
    return undefined
  }
}
