import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { ears } from './ears.ts'

const folder = mkdtempSync(join(tmpdir(), 'debvisor-sudoers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const inventory = join(folder, 'inventory.yml')
writeFileSync(
  inventory,
  `all:
  hosts:
    host1: { ansible_host: 192.0.2.1, ansible_user: Ana, ansible_ssh_private_key_file: ./key }
    here: { ansible_connection: local }
`,
)

async function sudoers(host: string) {
  const { term, out, err } = ears()
  const status = await runCli(term, {}, ['sudoers', host, '--inventory', inventory])
  return { status, out: `${out.join('\n')}\n`, err: err.join('\n') }
}

describe('debvisor sudoers', () => {
  it('prints a file for the login of the host, from the shipped runbooks, without a wildcard', async () => {
    const { status, out } = await sudoers('host1')
    expect(status).toBe(0)
    const granted = out.split('\n').filter((line) => /^[^#]/.test(line))
    expect(granted.length).toBeGreaterThan(0)
    for (const line of granted)
      expect(line).toMatch(/^"Ana" ALL=\(root\) TIMEOUT=\d+s NOPASSWD:NOEXEC: \/usr\/s?bin\/[^*?[\]]+$/)
    expect(out).toMatch(/^# .*usermod -aG .*systemd-journal/m)
    expect(out).toContain('pg_monitor')
  })

  it('for this machine names whom it runs as', async () => {
    expect((await sudoers('here')).status).toBe(0)
  })

  it('for no host of the inventory is one sentence', async () => {
    expect(await sudoers('host2')).toMatchObject({ status: 3, err: expect.stringContaining("'host1'") })
  })

  const has = spawnSync('visudo', ['-V']).status === 0
  if (!has) aloud()
  it.skipIf(!has)('is what visudo accepts', async () => {
    const { out } = await sudoers('host1')
    expect(spawnSync('visudo', ['-cf', '-'], { input: out, encoding: 'utf8' })).toMatchObject({ status: 0 })
  })
})

function aloud(): void {
  if (process.env.DEBVISOR_TEST_REQUIRE_ALL === '1') throw new Error('this test needs visudo (package sudo)')
  process.stderr.write(
    'skipped: no sudoers file is checked by visudo, which is not installed (package sudo)\n',
  )
}
