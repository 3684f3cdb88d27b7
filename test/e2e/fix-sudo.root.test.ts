import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'
import { hasSshd, missing, type RealSshd, startSshd } from '../fakes/sshd.ts'
import { openRig, type Rig } from './bot.ts'

// Makes two users and a sudoers file on this machine, for as long as it runs: vitest.config.ts says when that is wanted.
const maySudo = (): boolean => (existsSync('/usr/bin/sudo') || missing('sudo is not installed')) && hasSshd()

const LOOKS = `debvisor-l${process.pid}`
const MENDS = `debvisor-m${process.pid}`
const SUDOERS = `/etc/sudoers.d/${MENDS}`

function command(...words: [string, ...string[]]): string {
  const [program, ...args] = words
  const done = spawnSync(program, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr || done.error?.message}`)
  return done.stdout
}

const runbook = `version: 1
topic: gauge
title: Gauge
symptoms: [It is broken]
parameters:
  folder: { type: path, description: Where the test leaves its files }
probes:
  broken: { title: Broken, run: 'cat {{folder}}/broken', answers: [0, 1] }
findings:
  gauge.broken: { title: The gauge is broken, when: broken.exit == 0, severity: critical, subject: gauge, detail: d, evidence: [broken], resolution: [Mend it], fix: mend }
fixes:
  mend: { title: Mend the gauge, steps: [[rm, --, '{{folder}}/broken'], [touch, '{{folder}}/mended']], settle: 0s, effect: It works, risk: None }
`

describe.skipIf(!maySudo())('a fix over a real sshd, through a real sudo', () => {
  let host: RealSshd
  let rig: Rig
  let config: string
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-root-'))

  beforeAll(async () => {
    for (const login of [LOOKS, MENDS])
      command(
        'useradd',
        '--no-create-home',
        '--home-dir',
        '/',
        '--shell',
        '/bin/sh',
        '--password',
        '*',
        login,
      )
    command('chmod', '755', folder)
    const key = join(folder, 'fix_key')
    command('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key)
    host = await startSshd({ user: LOOKS, config: `Match User ${MENDS}\n  AuthorizedKeysFile ${key}.pub` })
    rig = await openRig({
      hosts: ['host1'],
      // Read before the bot is up: the command line below reads them too, and would stop bot and Slack for seconds.
      shippedTopics: true,
      config: () => 'runbooks: [./own]\naccess: ./access.yml\n',
      prepare: (demoHosts, fakeSlack) => {
        const file = (name: string, text: string) =>
          writeFileSync(join(demoHosts.folder, name), text, { mode: 0o600 })
        mkdirSync(join(demoHosts.folder, 'own'))
        file('own/gauge.yml', runbook)
        file(
          'access.yml',
          `version: 1\nrules: [{ effect: allow, users: [${fakeSlack.users.ana}], actions: [read, diagnose, fix] }]\n`,
        )
        copyFileSync(host.knownHostsFile, join(demoHosts.folder, 'known_hosts'))
        file(
          'inventory.yml',
          `all:
  hosts:
    host1:
      ansible_host: 127.0.0.1
      ansible_port: ${host.hop.port}
      ansible_user: ${LOOKS}
      ansible_ssh_private_key_file: ${host.hop.keyFile}
      fix_user: ${MENDS}
      fix_ssh_private_key_file: ${key}
      folder: ${folder}
`,
        )
        config = demoHosts.config
      },
    })
  })
  afterAll(async () => {
    await rig?.close()
    await host?.stop()
    rmSync(SUDOERS, { force: true })
    rmSync(folder, { recursive: true, force: true })
    for (const login of [LOOKS, MENDS]) await vi.waitFor(() => command('userdel', login), 5_000)
  })

  async function apply(): Promise<string> {
    writeFileSync(join(folder, 'broken'), 'the needle is off\n')
    const before = (await rig.fakeSlack.messages()).map((m) => m.ts)
    await rig.fakeSlack.command('diagnose gauge host1')
    const { ts } = await rig.verdict({ after: before })
    expect(host.log()).not.toMatch(before.length === 0 ? new RegExp(`Accepted publickey for ${MENDS}`) : /^$/)
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: 'fix_apply' })
    const open = () => rig.fakeSlack.openedViews().findLast(({ view }) => view.submit)?.view
    await rig.fakeSlack.submit({ view: (await rig.fakeSlack.waitFor(open, { what: 'the form' })).id })
    return rig.fakeSlack.waitFor(
      async () => {
        const said = await rig.thread(ts)
        return / · (resolved|not resolved)/.test(said) ? said : undefined
      },
      { what: 'what came of it', ms: 60_000 },
    )
  }

  it('fails where sudo does not grant it, and nothing was changed', async () => {
    expect(await apply()).toMatch(
      new RegExp(`failed · not resolved[\\s\\S]*sudo does not let ${MENDS} run this`),
    )
    expect(existsSync(join(folder, 'broken'))).toBe(true)
  }, 90_000)

  it('runs with exactly what `sudoers --fixes` prints, as another login than the diagnosis', async () => {
    const { term, out } = fakeTerminal()
    expect(await runCli(term, {}, ['sudoers', 'host1', '--fixes', '--config', config])).toBe(0)
    writeFileSync(SUDOERS, `${out.join('\n')}\n`, { mode: 0o440 })
    command('visudo', '-cf', SUDOERS)
    expect(await apply()).toContain('ran · resolved')
    expect(existsSync(join(folder, 'mended'))).toBe(true)
    expect(host.log()).toContain(`Accepted publickey for ${MENDS}`)
    expect(host.log()).toContain(`Accepted publickey for ${LOOKS}`)
  }, 90_000)

  it('and the login that diagnoses may run none of it', () => {
    const asked = spawnSync('runuser', ['-u', LOOKS, '--', 'sudo', '-n', 'touch', join(folder, 'mended')])
    expect(asked.status).not.toBe(0)
    expect(readFileSync(SUDOERS, 'utf8')).not.toContain(LOOKS)
  })
})
