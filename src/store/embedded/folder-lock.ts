import { randomUUID } from 'node:crypto'
import { link, readdir, readFile, readlink, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StoreError, StoreInUse } from '../db.ts'

/**
 * Lets one process at a time use a folder. The lock is the file `lock.N` with the highest N; it names its holder. A
 * dead holder is followed by `lock.N+1`, which only one process can link, so two that find the same dead holder cannot
 * both win. The highest file is never removed, only marked free, so that N only rises and a slow contender cannot win
 * with an old number.
 */
export interface FolderLock {
  release(): Promise<void>
  /** Called when another process took the folder, because this one was stopped for longer than QUIET_MS. */
  onLost(tell: () => void): void
}

interface Holder {
  readonly pid: number
  /**
   * Start of the process in clock ticks since boot (proc(5), stat field 22): tells a reused pid. Null without /proc.
   */
  readonly started: string | null
  /** Machine, boot and pid namespace: where `pid` means something. */
  readonly place: string
}

/**
 * A holder in another place (container, machine) cannot be looked up: it touches its file, and counts as dead when
 * quiet.
 */
const BEAT_MS = 5_000
const QUIET_MS = 30_000

export async function lockFolder(folder: string): Promise<FolderLock> {
  const mine = join(folder, `.lock-${randomUUID()}`)
  const self: Holder = { pid: process.pid, started: await startOf(process.pid), place: await placeOf() }
  await writeFile(mine, JSON.stringify(self), { mode: 0o600 })
  try {
    return hold(folder, await win(folder, mine, self))
  } finally {
    await rm(mine, { force: true })
  }
}

/** Resolves with the number won. */
async function win(folder: string, mine: string, self: Holder): Promise<number> {
  for (;;) {
    const highest = Math.max(0, ...(await numbers(folder)))
    if (highest > 0) await refuseIfHeld(folder, highest, mine, self)
    const number = highest + 1
    if (!(await linked(mine, fileOf(folder, number)))) continue
    const all = await numbers(folder)
    if (Math.max(...all) > number) {
      await rm(fileOf(folder, number), { force: true })
      continue
    }
    for (const old of all) if (old < number) await rm(fileOf(folder, old), { force: true })
    return number
  }
}

async function refuseIfHeld(folder: string, number: number, mine: string, self: Holder): Promise<void> {
  const file = fileOf(folder, number)
  const holder = await readHolder(file)
  if (!holder) return
  const here = holder.place === self.place
  if (here ? !(await isAlive(holder)) : await isQuiet(file, mine)) return
  const who = here
    ? `process ${holder.pid}`
    : `process ${holder.pid} on another machine or in another container`
  const wait = here ? '' : `, wait ${QUIET_MS / 1000} s if it is gone,`
  throw new StoreInUse(
    `The embedded store in ${folder} is in use by ${who}: stop that one first${wait} or set DATABASE_URL, so that several can share a PostgreSQL.`,
  )
}

function hold(folder: string, number: number): FolderLock {
  const file = fileOf(folder, number)
  let tell = () => {}
  const beat = setInterval(() => {
    // Rewritten rather than utimes: the file system's own clock sets the time that isQuiet compares.
    touch(file).catch((error: NodeJS.ErrnoException) => {
      // Only a successor removes it.
      if (error.code === 'ENOENT') tell()
    })
  }, BEAT_MS)
  beat.unref()
  return {
    async release() {
      clearInterval(beat)
      await truncate(file).catch(() => undefined)
    },
    onLost(then) {
      tell = then
    },
  }
}

const fileOf = (folder: string, number: number) => join(folder, `lock.${number}`)

async function touch(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text, { flag: 'r+' })
}

async function numbers(folder: string): Promise<number[]> {
  const names = await readdir(folder)
  return names.flatMap((name) => (/^lock\.[1-9]\d*$/.test(name) ? [Number(name.slice('lock.'.length))] : []))
}

/** False: the file was there already. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Undefined: nobody holds it. */
async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await readIfThere(file)
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new StoreError(`${file} is damaged: remove it when no other process uses that folder.`)
  }
}

async function isQuiet(file: string, justWritten: string): Promise<boolean> {
  const [last, now] = await Promise.all([stat(file), stat(justWritten)])
  return now.mtimeMs - last.mtimeMs > QUIET_MS
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const started = await startOf(holder.pid)
  // Unreadable (no /proc, or one that hides others' processes): the pid is all there is.
  return started === null || started === holder.started
}

/** Null where it cannot be read; 'ended' for a zombie, which runs nothing any more. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readIfThere(`/proc/${pid}/stat`)
  if (!text) return null
  // The second field, the name in brackets, may hold spaces and brackets itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? null)
}

async function placeOf(): Promise<string> {
  const boot = await readIfThere('/proc/sys/kernel/random/boot_id')
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return [hostname(), boot?.trim() ?? '', namespace].join(' ')
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
