import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { hasSshd, missing, type RealSshd, startSshd } from '../fakes/sshd.ts'
import { fakeTerminal } from './fake-terminal.ts'

// Makes a user and a sudoers file on this machine, for as long as it runs: vitest.config.ts says when that is wanted.
const maySudo = (): boolean => (existsSync('/usr/bin/sudo') || missing('sudo is not installed')) && hasSshd()

const LOGIN = `debvisor-d${process.pid}`
const SUDOERS = `/etc/sudoers.d/${LOGIN}`

const runbook = `version: 1
topic: gate
title: Gate
symptoms: [It is shut]
parameters:
  folder: { type: path, description: Where the test leaves its files }
probes:
  gate: { title: Gate, run: 'cat {{folder}}/gate', parse: lines }
  bolt: { title: Bolt, privileged: [ls, '{{folder}}/bolt'], needs: 'gate.lines[0] == "shut"' }
  hinge: { title: Hinge, privileged: [touch, '{{folder}}/was-run'], needs: 'gate.lines[0] == "shut"' }
  tool: { title: Tool, privileged: [debvisor-no-such-tool, -x], needs: 'gate.lines[0] == "shut"' }
`

describe.skipIf(!maySudo())('the doctor, as a login that is not root', () => {
  let host: RealSshd
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-doctor-'))
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o644 })

  beforeAll(async () => {
    const made = spawnSync('useradd', ['-M', '-d', '/', '-s', '/bin/sh', '-p', '*', LOGIN], {
      encoding: 'utf8',
    })
    expect(made.stderr).toBe('')
    spawnSync('chmod', ['755', folder])
    host = await startSshd({ user: LOGIN })
    mkdirSync(join(folder, 'own'))
    file('own/gate.yml', runbook)
    file('gate', 'open\n')
    writeFileSync(
      join(folder, 'debvisor.yml'),
      `version: 1\nrunbooks: [./own]\nknownHosts: ${host.knownHostsFile}\n`,
      {
        mode: 0o600,
      },
    )
    file(
      'inventory.yml',
      `all:
  hosts:
    host1:
      ansible_host: 127.0.0.1
      ansible_port: ${host.hop.port}
      ansible_user: ${LOGIN}
      ansible_ssh_private_key_file: ${host.hop.keyFile}
      folder: ${folder}
`,
    )
  })
  afterEach(() => rmSync(SUDOERS, { force: true }))
  afterAll(async () => {
    await host?.stop()
    rmSync(folder, { recursive: true, force: true })
    await vi.waitFor(() => expect(spawnSync('userdel', [LOGIN]).status).toBe(0), 5_000)
  })

  async function doctor(): Promise<string> {
    const { term, out } = fakeTerminal()
    await runCli(term, {}, ['doctor', '--config', join(folder, 'debvisor.yml')])
    expect(existsSync(join(folder, 'was-run'))).toBe(false)
    return out.join('\n')
  }

  it('says what sudo does not grant of probes that need not be asked now, and runs none of them', async () => {
    const all = await doctor()
    const said = all.split('\n').find((line) => line.includes('hinge'))
    expect(said).toMatch(/^! host host1, [\w, ]*bolt, hinge[\w, ]*: sudo(?:ers)? does not let /)
    expect(all).toMatch(/→ install what `debvisor sudoers host1` prints/)
    expect(all).not.toContain('with all rights')
  })

  it('finds granted what `debvisor sudoers` prints', async () => {
    const { term, out } = fakeTerminal()
    await runCli(term, {}, ['sudoers', 'host1', '--config', join(folder, 'debvisor.yml')])
    writeFileSync(SUDOERS, `${out.join('\n')}\n`, { mode: 0o440 })
    const all = await doctor()
    expect(all.split('\n').filter((line) => /\b(?:bolt|hinge|tool)\b/.test(line))).toEqual([])
  })

  it('names the one line of sudoers that is missing', async () => {
    const { term, out } = fakeTerminal()
    await runCli(term, {}, ['sudoers', 'host1', '--config', join(folder, 'debvisor.yml')])
    const lines = out
      .join('\n')
      .split('\n')
      .filter((line) => !line.includes('was-run'))
    writeFileSync(SUDOERS, `${lines.join('\n')}\n`, { mode: 0o440 })
    const all = await doctor()
    expect(all).toMatch(new RegExp(`! host host1, hinge: sudoers does not let ${LOGIN} run this command\\n`))
    expect(all).toContain(`→ add with visudo: ${LOGIN} ALL=(root)`)
  })
})
