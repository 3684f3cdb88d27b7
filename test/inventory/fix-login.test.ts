import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type InventoryOptions, loadInventory, readInventory } from '../../src/inventory/load-inventory.ts'
import { printProblem } from '../../src/yaml/problem.ts'

const options: InventoryOptions = { reserved: [], defaultUser: 'bot', defaultKeyFile: '/etc/debvisor/key' }
const read = (text: string, more: Partial<InventoryOptions> = {}) =>
  readInventory('/etc/debvisor/inventory.yml', text, { ...options, ...more })
const problems = (text: string, more: Partial<InventoryOptions> = {}): string[] => {
  const loaded = read(text, more)
  return loaded.ok ? [] : loaded.problems.map(printProblem)
}

describe('the login for fixes', () => {
  it('is a route beside the inventory; the host itself leads nowhere near its key', () => {
    const loaded = read(`all:
  hosts:
    host1: { ansible_host: 10.0.0.1, jump_host: bastion, fix_user: fixer, fix_ssh_private_key_file: ./fix_key }
    bastion: {}
`)
    if (!loaded.ok) throw new Error('a broken inventory')
    expect(loaded.fixRoutes.get('host1')).toMatchObject({
      kind: 'fix',
      via: [{ name: 'bastion', user: 'bot', keyFile: '/etc/debvisor/key' }],
      target: { name: 'host1', address: '10.0.0.1', user: 'fixer', keyFile: '/etc/debvisor/fix_key' },
    })
    expect(loaded.fixRoutes.has('bastion')).toBe(false)
    const everything = JSON.stringify([...loaded.inventory.hosts.values()])
    expect(everything).not.toContain('fix')
  })

  it('comes from the configuration where the inventory does not say, and for a local host from nowhere', () => {
    const defaultFix = { user: 'fixer', keyFile: '/etc/debvisor/fix_key' }
    const loaded = read('all: { hosts: { host1: {}, here: { ansible_connection: local } } }', { defaultFix })
    expect(loaded.ok && [...loaded.fixRoutes.keys()]).toEqual(['host1'])
  })

  it('needs both, the login and its key', () => {
    expect(problems('all: { hosts: { host1: { fix_user: fixer } } }')).toEqual([
      expect.stringMatching(/^\S+:1:\d+ all\.hosts\.host1\.fix_user: no key for fixes .*`fixes\.keyFile`/),
    ])
    expect(problems('all: { hosts: { host1: { fix_ssh_private_key_file: ./k } } }')).toEqual([
      expect.stringMatching(/no login for fixes .*`fixes\.user`/),
    ])
  })

  it('is refused where it is the login that diagnoses, or its key', () => {
    expect(problems('all: { hosts: { host1: { fix_user: bot, fix_ssh_private_key_file: ./k } } }')).toEqual([
      expect.stringMatching(/`bot` is the login for fixes and for diagnoses/),
    ])
    expect(
      problems('all: { hosts: { host1: { fix_user: fixer, fix_ssh_private_key_file: /etc/debvisor/key } } }'),
    ).toEqual([expect.stringMatching(/is the key for fixes and for diagnoses/)])
  })

  it('is refused where its key is that of a diagnosis of any other host', () => {
    const text = `all:
  hosts:
    host1: { fix_user: fixer, fix_ssh_private_key_file: /keys/b }
    host2: { ansible_ssh_private_key_file: /keys/b }
`
    expect(problems(text)).toEqual([expect.stringMatching(/\/keys\/b is the key .* \(of host2\)/)])
  })
})

describe('one key under two names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-keys-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'key'), 'a key', { mode: 0o600 })
  linkSync(join(folder, 'key'), join(folder, 'hard'))
  symlinkSync('key', join(folder, 'soft'))

  it.each(['key', 'hard', 'soft'])('%s is refused for fixes', (name) => {
    const file = join(folder, 'inventory.yml')
    writeFileSync(
      file,
      `all: { hosts: { host1: { ansible_user: bot, ansible_ssh_private_key_file: ./key, fix_user: fixer, fix_ssh_private_key_file: ./${name} } } }\n`,
    )
    const loaded = loadInventory(file, { reserved: [] })
    expect(loaded.ok).toBe(false)
    if (!loaded.ok) expect(loaded.problems[0]?.message).toMatch(/is the key for fixes and for diagnoses/)
  })
})
