import { type SpawnOptions, spawn } from 'node:child_process'

export interface Ran {
  /** Exit code; 124 where it was stopped at its time limit, 128 where a signal ended it. */
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Limits {
  readonly input?: string
  readonly seconds?: number
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a program to its end and collects what it wrote. Never rejects for an exit code. */
export function run(program: string, args: readonly string[], limits: Limits = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options: SpawnOptions = {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(limits.cwd ? { cwd: limits.cwd } : {}),
      ...(limits.env ? { env: limits.env } : {}),
    }
    const child = spawn(program, args, options)
    const out: Buffer[] = []
    const err: Buffer[] = []
    let late = false
    const stop = setTimeout(
      () => {
        late = true
        child.kill('SIGKILL')
      },
      (limits.seconds ?? 60) * 1000,
    )
    child.stdout?.on('data', (part: Buffer) => out.push(part))
    child.stderr?.on('data', (part: Buffer) => err.push(part))
    child.stdin?.on('error', () => {})
    child.stdin?.end(limits.input ?? '')
    child.on('error', reject)
    const finish = (code: number | null): void => {
      clearTimeout(stop)
      const ended = late ? 124 : (code ?? 128)
      resolve({ code: ended, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() })
    }
    // A daemon that a script started may keep the pipes open: its end is the program's own exit, and a moment for the rest.
    child.on('exit', (code) => {
      const grace = setTimeout(() => finish(code), 300)
      child.on('close', () => {
        clearTimeout(grace)
        finish(code)
      })
    })
  })
}

/** As `run`, and a program that fails is an error of the lab. */
export async function must(program: string, args: readonly string[], limits: Limits = {}): Promise<string> {
  const ran = await run(program, args, limits)
  if (ran.code === 0) return ran.out
  throw new Error(
    `${program} ${args.join(' ').slice(0, 200)}: exit ${ran.code}: ${ran.err.trim().slice(-2000)}`,
  )
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What `find` finds, asked every 0.1 s; undefined where it finds nothing in time. */
export async function eventually<T>(
  seconds: number,
  find: () => T | undefined | Promise<T | undefined>,
): Promise<T | undefined> {
  const end = Date.now() + seconds * 1000
  while (Date.now() < end) {
    const found = await find()
    if (found !== undefined) return found
    await pause(100)
  }
  return undefined
}
