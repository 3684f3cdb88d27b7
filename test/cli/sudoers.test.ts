import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { fakeTerminal } from './fake-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'debvisor-sudoers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const inventory = join(folder, 'inventory.yml')
writeFileSync(
  inventory,
  `all:
  hosts:
    host1:
      ansible_host: 192.0.2.1
      ansible_user: Ana
      ansible_ssh_private_key_file: ./key
      fix_user: debvisor-fix
      fix_ssh_private_key_file: ./fix_key
    here: { ansible_connection: local }
`,
)

async function sudoers(host: string, ...options: readonly string[]) {
  const { term, out, err } = fakeTerminal()
  const status = await runCli(term, {}, ['sudoers', host, '--inventory', inventory, ...options])
  return { status, out: `${out.join('\n')}\n`, err: err.join('\n') }
}

describe('debvisor sudoers', () => {
  it('prints a file for the login of the host, from the shipped runbooks, without a wildcard', async () => {
    const { status, out } = await sudoers('host1')
    expect(status).toBe(0)
    const granted = out.split('\n').filter((line) => /^[^#]/.test(line))
    expect(granted.length).toBeGreaterThan(0)
    for (const line of granted) {
      // What a backslash stands before is itself, and matches nothing else.
      const bare = line.replaceAll(/\\./g, '')
      expect(bare).toMatch(/^"Ana" ALL=\(root\) TIMEOUT=\d+s NOPASSWD:NOEXEC: \/usr\/s?bin\/[^*?[\]\\]+$/)
    }
    expect(out).toMatch(/^# .*usermod -aG .*systemd-journal/m)
    expect(out).toContain('pg_monitor')
  })

  it('for this machine names whom it runs as', async () => {
    expect((await sudoers('here')).status).toBe(0)
  })

  it('for no host of the inventory is one sentence', async () => {
    expect(await sudoers('host2')).toMatchObject({ status: 3, err: expect.stringContaining("'host1'") })
  })

  it('--fixes prints one for the login that mends: exact commands, no pager, no wildcard, nothing that diagnoses', async () => {
    const { status, out } = await sudoers('host1', '--fixes')
    expect(status).toBe(0)
    const granted = out.split('\n').filter((line) => /^[^#]/.test(line))
    expect(granted).toContain(
      'debvisor-fix ALL=(root) TIMEOUT=120s NOPASSWD:NOEXEC: /usr/bin/systemctl --no-pager --no-ask-password restart -- postgresql',
    )
    expect(granted).toContain('debvisor-fix ALL=(root) TIMEOUT=60s NOPASSWD:NOEXEC: /usr/sbin/nginx -t')
    for (const line of granted) {
      expect(line).toMatch(
        /^debvisor-fix ALL=\(root\) TIMEOUT=\d+s NOPASSWD:NOEXEC: \/usr\/s?bin\/[^*?[\]{}]+$/,
      )
      if (line.includes('systemctl'))
        expect(line).toMatch(/systemctl --no-pager --no-ask-password \S+ -- \S+$/)
    }
    expect(out).not.toContain('Ana')
    expect(out).toMatch(/^# .*without sudo.*exact/m)
    expect(out).toMatch(/^# .*grant pg_signal_backend, pg_read_all_stats to "debvisor-fix"/m)
  })

  it('--fixes, where fixes are not configured, is one sentence on how they are', async () => {
    const { status, err } = await sudoers('here', '--fixes')
    expect(status).toBe(3)
    expect(err).toContain('set fixes.user and fixes.keyFile in debvisor.yml')
  })

  const has = spawnSync('visudo', ['-V']).status === 0
  if (!has) aloud()
  it.skipIf(!has).each([[[]], [['--fixes']]])('is what visudo accepts %s', async (options) => {
    const { out } = await sudoers('host1', ...options)
    expect(spawnSync('visudo', ['-cf', '-'], { input: out, encoding: 'utf8' })).toMatchObject({ status: 0 })
  })
})

function aloud(): void {
  if (process.env.DEBVISOR_TEST_REQUIRE_ALL === '1') throw new Error('this test needs visudo (package sudo)')
  process.stderr.write(
    'skipped: no sudoers file is checked by visudo, which is not installed (package sudo)\n',
  )
}
