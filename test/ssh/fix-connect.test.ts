import { spawnSync } from 'node:child_process'
import { constants, copyFileSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { connect } from '../../src/ssh/connect.ts'
import { connectForFix, type FixRoute } from '../../src/ssh/fix-connect.ts'
import { openMending } from '../e2e/fix-scene.ts'
import { hasSshd, type RealSshd, startSshd } from '../fakes/sshd.ts'

describe.skipIf(!hasSshd())('connecting for a fix', () => {
  let host: RealSshd
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-fix-'))
  beforeAll(async () => {
    host = await startSshd()
  })
  afterAll(async () => {
    await host?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const route = (diagnosisKeyFile?: string): FixRoute => ({
    kind: 'fix',
    via: [],
    target: { ...host.hop, keyFile: host.hop.keyFile ?? '' },
    diagnosisKeyFile,
  })
  const options = () => ({ knownHostsFile: host.knownHostsFile })

  it('logs in with the key for fixes, over the verified host key', async () => {
    const connected = await connectForFix(route(), options())
    if (!connected.ok) throw new Error(connected.failure.reason)
    expect(connected.session.fingerprint).toMatch(/^SHA256:/)
    await connected.session.close()
  })

  it('refuses a key that is a copy of the one that diagnoses, before it connects', async () => {
    const copy = join(folder, 'copy')
    copyFileSync(host.hop.keyFile ?? '', copy)
    const connected = await connectForFix(route(copy), options())
    expect(connected).toMatchObject({ ok: false, failure: { stage: 'key-file' } })
    expect(!connected.ok && connected.failure.reason).toMatch(/holds the same key/)
  })

  it('is nothing that a diagnosis could be given', () => {
    // @ts-expect-error: a route for fixes is none for `connect`
    const wrong: Parameters<typeof connect>[0] = route()
    expect(wrong.kind).toBe('fix')
  })
})

describe('a diagnosis', () => {
  it('has no way to the key: only the composition root and the doctor hold what reads it', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const importing = (name: string) =>
      sources
        .filter((file) =>
          new RegExp(`import \\{[^}]*\\b${name}\\b`).test(readFileSync(join('src', file), 'utf8')),
        )
        .sort()
    expect(importing('connectForFix')).toEqual(['fixes/fix-connections.ts'])
    expect(importing('makeFixHosts')).toEqual(['cli/doctor/fixes.ts', 'parts.ts'])
    for (const file of ['runs/diagnose.ts', 'runs/examination/examine.ts', 'cli/diagnose.ts'])
      expect(readFileSync(join('src', file), 'utf8')).not.toMatch(/fix-connect|fix-hosts|fixRoutes/)
  })

  it('never opens it: a named pipe in its place, at which a reader would wait for good, is not read', async () => {
    let pipe = ''
    const on = await openMending({
      prepare: ({ folder }) => {
        pipe = join(folder, 'fix_key')
        rmSync(pipe)
        if (spawnSync('mkfifo', ['-m', '600', pipe]).status !== 0) throw new Error('mkfifo failed')
      },
    })
    try {
      expect((await on.diagnose()).text).toContain('The gauge is broken')
      // ENXIO: nobody has it open for reading.
      expect(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)).toThrow(/ENXIO/)
    } finally {
      await on.close()
    }
  }, 90_000)
})
