import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** One bot of several, as a process of its own that is started again whenever it ends, as systemd does. */
export interface Replica {
  readonly name: string
  readonly pid: number | undefined
  /** Ends that nobody asked for, once it was up: crashes. */
  readonly crashes: readonly string[]
  /** Starts that came to nothing: the database or Slack was away. */
  readonly failedStarts: number
  isUp(): boolean
  /** Its HTTP address; undefined while it is not up. */
  url(): string | undefined
  kill9(): void
  freeze(): void
  thaw(): void
  /** SIGTERM; resolves with the exit status, or null where it had to be killed. */
  stop(withinMs: number): Promise<number | null>
}

export interface ReplicaOptions {
  readonly name: string
  readonly config: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
export const cli = join(root, 'dist', 'cli.js')

/** After an end, before the next start. */
const PAUSE_MS = 300

export function startReplica({ name, config, folder, env }: ReplicaOptions): Replica {
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run `npm run build` first')
  const log = createWriteStream(join(folder, `${name}.log`), { flags: 'a' })
  const crashes: string[] = []
  let failedStarts = 0
  let child: ChildProcess | undefined
  let url: string | undefined
  let killed = false
  let stopping = false

  function start(): void {
    killed = false
    url = undefined
    const { DATABASE_URL: _, ...inherited } = process.env
    const started = spawn(process.execPath, [cli, 'serve', '--config', config], {
      cwd: folder,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    let line = ''
    started.stdout?.setEncoding('utf8').on('data', (text: string) => {
      log.write(text)
      if (url !== undefined) return
      line = (line + text).slice(-20_000)
      url = /"url":"([^"]+)"[^\n]*"the bot is up"/.exec(line)?.[1]
    })
    started.stderr?.on('data', (text: Buffer) => log.write(text))
    started.once('exit', (code, signal) => void ended(started, `status ${code}, signal ${signal}`))
  }

  async function ended(which: ChildProcess, how: string): Promise<void> {
    if (which !== child) return
    log.write(`--- ${name} ended: ${how}${killed ? ', killed by the suite' : ''}\n`)
    if (!killed && !stopping) {
      if (url === undefined) failedStarts++
      else crashes.push(`${name} ended by itself (${how})`)
    }
    url = undefined
    child = undefined
    if (stopping) return
    await delay(PAUSE_MS)
    if (!stopping) start()
  }

  start()
  const endWithUs = () => child?.kill('SIGKILL')
  process.once('exit', endWithUs)
  return {
    name,
    crashes,
    get pid() {
      return child?.pid
    },
    get failedStarts() {
      return failedStarts
    },
    isUp: () => url !== undefined,
    url: () => url,
    kill9() {
      killed = true
      child?.kill('SIGKILL')
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop(withinMs) {
      stopping = true
      const last = child
      if (!last) return 0
      const gone = new Promise<number | null>((resolve) => last.once('exit', (code) => resolve(code)))
      last.kill('SIGTERM')
      const late = setTimeout(() => last.kill('SIGKILL'), withinMs)
      const code = await gone
      clearTimeout(late)
      process.off('exit', endWithUs)
      log.end()
      return code
    },
  }
}
