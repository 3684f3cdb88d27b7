import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { fixSudoersFile, sudoersFile } from '../../../src/engine/sudoers/sudoers-file.ts'
import { runbooks, topic } from '../sample-runbook.ts'

const probes = `
parameters:
  unit: { type: word, default: debvisor, description: The unit }
probes:
  rules: { title: Firewall, privileged: [nft, list, ruleset], timeout: 5s }
  rules_again: { title: Firewall again, privileged: [nft, list, ruleset], timeout: 9s }
  config: { title: "Configuration\\nmallory ALL=(ALL) ALL \\\\", privileged: [debvisor-cli, '{{unit}}:*'] }
  journal: { title: Journal, run: journalctl, grant: "usermod -aG adm \${login}" }
  log: { title: Log, run: cat, grant: "usermod -aG adm \${login}" }
  follow:
    title: That process
    needs: journal.lines.size() > 0
    values: { pid: { type: number, from: journal.lines.size() } }
    privileged: [/usr/bin/readlink, '/proc/{{pid}}/exe']
`
const other = topic('include: [shared]').replace('topic: db', 'topic: other')
const shared = `version: 1\npart: shared\ndescription: Shared\n${probes.replace('title: Journal, run: journalctl', 'title: Journal, run: journalctl, parse: lines')}`
const all = runbooks(shared, topic('include: [shared]'), other)
const granting = (login: string, unit = 'debvisor') => ({
  host: 'host1',
  login,
  runbooks: [...all.topics.values()].map((runbook) => ({ runbook, parameters: { unit } })),
})
const granted = (file: string): string[] => file.split('\n').filter((line) => /^[^#]/.test(line))

describe('a sudoers file', () => {
  it('grants each command exactly, once, for the longest time-out that a probe of it has', () => {
    expect(granted(sudoersFile(granting('bot', 'other')))).toEqual([
      'bot ALL=(root) TIMEOUT=9s NOPASSWD:NOEXEC: /usr/sbin/nft list ruleset',
      'bot ALL=(root) TIMEOUT=10s NOPASSWD:NOEXEC: /usr/bin/debvisor-cli other\\:\\*',
    ])
  })

  it('names as comments what sudo is not for, each grant once, with what needs it', () => {
    const file = sudoersFile(granting('bot'))
    expect(file.match(/usermod -aG adm bot/g)).toHaveLength(1)
    expect(file).toContain('#     for: Journal, Log')
  })

  it('does not grant what only evidence decides, and says so', () => {
    const file = sudoersFile(granting('bot'))
    expect(granted(file).join()).not.toContain('readlink')
    expect(file).toContain('#   That process: /usr/bin/readlink /proc/{{pid}}/exe')
  })

  it('grants a fix what the parameters say of a value that the host decides', () => {
    const fixes = `
parameters:
  user: { type: word, default: app, description: Its user }
  group: { type: word, default: '', description: Its group }
fixes:
  own:
    title: Own it
    steps: [[chown, -R, '{{account}}:{{set}}', --, /srv/app]]
    values: { account: { type: word, granted: [user] }, set: { type: word, granted: [group, user] } }
    effect: e
    risk: r
`
    const runbook = runbooks(topic(fixes)).topics.get('db')
    if (!runbook) throw new Error('no topic')
    const lines = (parameters: Record<string, string>) =>
      granted(fixSudoersFile({ host: 'host1', login: 'fix', runbooks: [{ runbook, parameters }] }))
    expect(lines({ user: 'app', group: '' })).toEqual([
      'fix ALL=(root) TIMEOUT=60s NOPASSWD:NOEXEC: /usr/bin/chown -R app\\:app -- /srv/app',
    ])
    expect(lines({ user: 'app', group: 'web' })[0]).toContain(' app\\:web ')
  })

  it('grants no command of a probe that is never asked of this host', () => {
    const probed = `
parameters:
  layout: { type: word, default: guide, description: L }
probes:
  free: { title: Free, run: free }
  owners: { title: Owners, privileged: [find, /srv], needs: 'param.layout == "guide" && free.exit == 0' }
  rules: { title: Rules, privileged: [nft, list, ruleset], needs: free.exit == 0 }
`
    const runbook = runbooks(topic(probed)).topics.get('db')
    if (!runbook) throw new Error('no topic')
    const lines = (layout: string) =>
      granted(sudoersFile({ host: 'host1', login: 'bot', runbooks: [{ runbook, parameters: { layout } }] }))
    expect(lines('guide')).toHaveLength(2)
    expect(lines('own')).toEqual([expect.stringContaining('nft list ruleset')])
  })

  it('grants no step of a fix that this host is never offered', () => {
    const fixes = `
parameters:
  layout: { type: word, default: guide, description: L }
probes:
  free: { title: Free, run: free }
fixes:
  own: { title: Own, steps: [[chown, app, /srv]], when: 'param.layout == "guide" && free.exit == 0', effect: e, risk: r }
  start: { title: Start, steps: [[systemctl, start, app]], when: host.production, effect: e, risk: r }
`
    const runbook = runbooks(topic(fixes)).topics.get('db')
    if (!runbook) throw new Error('no topic')
    const lines = (layout: string) =>
      granted(
        fixSudoersFile({ host: 'host1', login: 'fix', runbooks: [{ runbook, parameters: { layout } }] }),
      )
    expect(lines('guide')).toHaveLength(2)
    expect(lines('own')).toEqual([expect.stringContaining('systemctl start app')])
  })

  it('takes nobody for everybody: a login of capitals is a login', () => {
    expect(granted(sudoersFile(granting('ALL')))[0]).toMatch(/^"ALL" ALL=\(root\)/)
  })

  const has = spawnSync('visudo', ['-V']).status === 0
  if (!has) aloud()
  it.skipIf(!has).each(['debvisor-bot', 'ALL', 'Ana', 'ana@example.net'])(
    'for the login %s is one that visudo accepts',
    (login) => {
      const checked = spawnSync('visudo', ['-cf', '-'], {
        input: sudoersFile(granting(login)),
        encoding: 'utf8',
      })
      expect(checked).toMatchObject({ status: 0, stdout: expect.stringContaining('parsed OK') })
    },
  )
})

function aloud(): void {
  if (process.env.DEBVISOR_TEST_REQUIRE_ALL === '1') throw new Error('this test needs visudo (package sudo)')
  process.stderr.write(
    'skipped: no sudoers file is checked by visudo, which is not installed (package sudo)\n',
  )
}
