import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lockFolder } from '../../../src/store/embedded/folder-lock.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debvisor-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** What a process that is gone left behind. */
async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.once('exit', resolve))
  return child.pid ?? 0
}

async function ownLock(): Promise<Record<string, unknown>> {
  const lock = await lockFolder(folder)
  const [name] = (await readdir(folder)).filter((file) => file.startsWith('lock.'))
  const holder = JSON.parse(await readFile(join(folder, name ?? ''), 'utf8'))
  await lock.release()
  await rm(folder, { recursive: true })
  folder = await mkdtemp(join(tmpdir(), 'debvisor-lock-'))
  return holder
}

const leave = (holder: object) => writeFile(join(folder, 'lock.7'), JSON.stringify(holder))
const contend = (many: number) => Promise.allSettled(Array.from({ length: many }, () => lockFolder(folder)))
const won = (results: PromiseSettledResult<unknown>[]) =>
  results.filter((r) => r.status === 'fulfilled').length

describe('the lock of the embedded store', () => {
  it('refuses a second holder with the process to stop', async () => {
    await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(
      `The embedded store in ${folder} is in use by process ${process.pid}: stop that one first`,
    )
  })

  it('is free again after its release', async () => {
    for (let i = 0; i < 5; i++) await (await lockFolder(folder)).release()
    expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toHaveLength(1)
  })

  it('has one winner of twenty at once, twenty times', async () => {
    for (let round = 0; round < 20; round++) {
      const results = await contend(20)
      expect(won(results)).toBe(1)
      for (const result of results) if (result.status === 'fulfilled') await result.value.release()
    }
  })

  it('is taken over from a dead process by one of twenty at once, twenty times', async () => {
    const holder = { ...(await ownLock()), pid: await deadProcess() }
    for (let round = 0; round < 20; round++) {
      await rm(folder, { recursive: true })
      folder = await mkdtemp(join(tmpdir(), 'debvisor-lock-'))
      await leave(holder)
      expect(won(await contend(20))).toBe(1)
    }
  })

  it('is taken over from a process whose number another one has now', async () => {
    const holder = await ownLock()
    if (holder.started === null) return
    await leave({ ...holder, started: '1' })
    expect(won(await contend(3))).toBe(1)
  })

  it('is not taken from a process that cannot be seen while that one is alive', async () => {
    const holder = { ...(await ownLock()), place: 'another container', pid: await deadProcess() }
    await leave(holder)
    await expect(lockFolder(folder)).rejects.toThrow(/in another container: .* wait 30 s if it is gone/)
  })

  it('is taken from a process that cannot be seen when that one has gone quiet', async () => {
    await leave({ ...(await ownLock()), place: 'another container' })
    const before = new Date(Date.now() - 31_000)
    await utimes(join(folder, 'lock.7'), before, before)
    expect(won(await contend(3))).toBe(1)
  })

  it('is touched while it is held, and tells its holder when a successor has taken it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const lock = await lockFolder(folder)
      const lost = vi.fn()
      lock.onLost(lost)
      const file = join(folder, 'lock.1')
      const before = new Date(Date.now() - 60_000)
      await utimes(file, before, before)
      vi.advanceTimersByTime(5_000)
      await vi.waitFor(async () =>
        expect((await stat(file)).mtimeMs).toBeGreaterThan(before.getTime() + 30_000),
      )
      expect(lost).not.toHaveBeenCalled()
      await rm(file)
      vi.advanceTimersByTime(5_000)
      await vi.waitFor(() => expect(lost).toHaveBeenCalled())
      await lock.release()
      expect(await readdir(folder)).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  it('says what to do about a damaged file', async () => {
    await writeFile(join(folder, 'lock.1'), '{"pid":')
    await expect(lockFolder(folder)).rejects.toThrow(/lock\.1 is damaged: remove it/)
  })
})
