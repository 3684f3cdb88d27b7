import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { missing } from '../../fakes/sshd.ts'
import { ask } from './ask.ts'

/** Only root may make a file immutable. */
test('the files of a snapshot are told as immutable where they are', async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'snapshot-'))
  const file = join(root, 'config.yaml')
  mkdirSync(join(root, 'home'))
  writeFileSync(file, 'port: 8080\n')
  const told = async () => {
    const paths = [file, join(root, '.env'), join(root, 'home'), join(root, 'data'), join(root, 'error.log')]
    const { stdout } = await ask('snapshot/files.sh', [...paths, join(root, 'nginx.conf'), 'debvisor'], {
      programs: { systemctl: 'exit 0' },
    })
    return stdout
      .split('\n')
      .find((line) => line.startsWith(`file\t${file}\t`))
      ?.split('\t')[4]
  }
  try {
    const before = await told()
    if (spawnSync('chattr', ['+i', file]).status !== 0 && !missing('file systems with attributes'))
      return context.skip()
    const after = await told()
    execFileSync('chattr', ['-i', file])
    expect(after).toBe(`${before} immutable`)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
