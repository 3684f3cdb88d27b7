import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { openControl, type Reloaded } from '../../src/reload/control-socket.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'control-'))
  writeFileSync(join(folder, 'debvisor.yml'), 'version: 1\nstore: { folder: ./store }\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const reload = async () => {
  const { term, out, err } = fakeTerminal()
  const status = await runCli(term, {}, ['reload', '--config', join(folder, 'debvisor.yml')])
  return { status, out, err }
}

describe('debvisor reload', () => {
  it.each<[name: string, done: Reloaded, status: number]>([
    ['what came of it', { ok: true, lines: ['Reloaded: 3 hosts.'] }, 0],
    ['each mistake', { ok: false, lines: ['inventory.yml:1:1 no', 'access.yml:2:2 \u001b[31mno'] }, 3],
  ])('says %s, as the bot said it', async (_, done, status) => {
    let asked = 0
    const control = await openControl(join(folder, 'store'), async () => {
      asked += 1
      return done
    })
    const said = await reload()
    control.close()
    const at = `process ${process.pid}:`
    expect(asked).toBe(1)
    expect(said).toEqual(
      status === 0
        ? { status, out: [`${at} Reloaded: 3 hosts.`], err: [] }
        : {
            ...{ status, out: [] },
            err: [
              `debvisor: ${at} inventory.yml:1:1 no`,
              `debvisor: ${at} access.yml:2:2 no`,
              `debvisor: ${at} Nothing was reloaded: it keeps what it has.`,
            ],
          },
    )
  })

  it('is for the user alone whose bot it is', async () => {
    const control = await openControl(join(folder, 'store'), async () => ({ ok: true, lines: [] }))
    expect(statSync(join(folder, 'store', 'control')).mode & 0o077).toBe(0)
    control.close()
  })

  it('takes away the socket of a bot that died, and says where it looked', async () => {
    const control = join(folder, 'store', 'control')
    mkdirSync(control, { recursive: true })
    // A file in the place of a socket that nobody listens on answers as one.
    const dead = createServer().listen(join(control, '1.sock'))
    await new Promise((resolve) => dead.once('listening', resolve))
    const { rename } = await import('node:fs/promises')
    await rename(join(control, '1.sock'), join(control, '2.sock'))
    await new Promise((resolve) => dead.close(resolve))
    expect(readdirSync(control)).toEqual(['2.sock'])
    expect(await reload()).toMatchObject({
      status: 3,
      err: [expect.stringMatching(/No bot with the folder .*store runs on this machine/)],
    })
    expect(readdirSync(control)).toEqual([])
  })

  it('with a mistake in debvisor.yml itself says it, and asks nobody', async () => {
    writeFileSync(join(folder, 'debvisor.yml'), 'version: 1\nlimits: { waiting: 0 }\n')
    const { status, err } = await reload()
    expect(status).toBe(3)
    expect(err).toEqual([
      expect.stringContaining('limits.waiting'),
      'debvisor: Nothing was reloaded: a running bot keeps what it has.',
    ])
  })
})
