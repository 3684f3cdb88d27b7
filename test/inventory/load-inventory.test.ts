import { mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Host, Inventory } from '../../src/inventory/inventory.ts'
import { type LoadedInventory, loadInventory, readInventory } from '../../src/inventory/load-inventory.ts'
import { printProblem } from '../../src/yaml/problem.ts'

const defaults = {
  reserved: ['db', 'postgres', 'help'],
  defaultUser: 'debvisor',
  defaultKeyFile: '/etc/debvisor/key',
}
const read = (text: string, options = {}): LoadedInventory =>
  readInventory('/etc/debvisor/inventory.yml', text, { ...defaults, ...options })

function good(text: string, options = {}): Inventory {
  const loaded = read(text, options)
  if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
  return loaded.inventory
}
function host(text: string, name: string): Host {
  const found = good(text).hosts.get(name)
  if (!found) throw new Error(`no host ${name}`)
  return found
}
const problems = (text: string, options = {}): string[] => {
  const loaded = read(text, options)
  return loaded.ok ? [] : loaded.problems.map(printProblem)
}

describe('groups', () => {
  const tree = `
all:
  vars: { tier: all, zone: all }
  hosts:
    lonely:
  children:
    eu:
      vars: { tier: eu, zone: eu, port: 1 }
      children:
        web:
          vars: { tier: web }
          hosts:
            web1: { colour: red }
            web2:
    blue:
      vars: { zone: blue, port: 2 }
      hosts:
        web1: { colour: blue }
empty:
`

  test('variables come from all, then parents, then children, then the host itself', () => {
    expect(host(tree, 'lonely').variables).toEqual({ tier: 'all', zone: 'all' })
    expect(host(tree, 'web2').variables).toEqual({ tier: 'web', zone: 'eu', port: 1 })
  })

  test('of groups equally deep the later in the alphabet wins, and a host of two places is one', () => {
    expect(host(tree, 'web1').variables).toEqual({ tier: 'web', zone: 'eu', port: 1, colour: 'blue' })
    expect(host(tree, 'web1').groups).toEqual(['web', 'eu', 'blue'])
  })

  test('a higher priority wins over the alphabet', () => {
    const text = tree.replace('zone: blue,', 'zone: blue, ansible_group_priority: 10,')
    expect(host(text, 'web1').variables).toEqual({ tier: 'web', zone: 'blue', port: 2, colour: 'blue' })
  })

  test('groups list their hosts and those of their children; `all` and `ungrouped` are not listed', () => {
    expect([...good(tree).groups]).toEqual([
      ['eu', ['web1', 'web2']],
      ['web', ['web1', 'web2']],
      ['blue', ['web1']],
      ['empty', []],
    ])
    expect([...good('all: { children: { ungrouped: { hosts: { a: } } } }').groups]).toEqual([])
  })

  test('a group of several places is one: its parts are merged, the last one wins', () => {
    const text = `
all: { children: { web: { hosts: { a: }, vars: { x: 1, y: 1 } } } }
web: { vars: { y: 2 }, hosts: { b: } }
`
    expect(host(text, 'a').variables).toEqual({ x: 1, y: 2 })
    expect(good(text).groups.get('web')).toEqual(['a', 'b'])
  })

  test('top-level groups need no `all`, and its variables reach them', () => {
    expect(host('web: { hosts: { a: } }\nall: { vars: { x: 1 } }', 'a')).toMatchObject({
      groups: ['web'],
      variables: { x: 1 },
    })
  })

  test('a group inside itself is refused', () => {
    expect(problems('a: { children: { b: { children: { a: } } } }')).toEqual([
      '/etc/debvisor/inventory.yml:1:38 a.children.b.children.a: group `a` would be inside itself; take it out of the children of `b`',
    ])
    expect(problems('a: { children: { all: } }')[0]).toContain('inside itself')
  })
})

describe('how a host is reached', () => {
  test('its own address, port, login and key; else its name, 22 and the defaults', () => {
    const text = `
all:
  hosts:
    a:
    b: { ansible_host: 2001:db8::1, ansible_port: "2222", ansible_user: ops, ansible_ssh_private_key_file: keys/b }
    c: { ansible_ssh_private_key_file: ~/.ssh/c }
`
    const hop = (name: string) => host(text, name).route
    expect(hop('a')).toEqual({
      kind: 'ssh',
      hops: [{ name: 'a', address: 'a', port: 22, user: 'debvisor', keyFile: '/etc/debvisor/key' }],
    })
    expect(hop('b')).toEqual({
      kind: 'ssh',
      hops: [{ name: 'b', address: '2001:db8::1', port: 2222, user: 'ops', keyFile: '/etc/debvisor/keys/b' }],
    })
    expect(hop('c')).toMatchObject({ hops: [{ keyFile: join(homedir(), '.ssh/c') }] })
  })

  test('jump hosts come first, each by its own variables, and may have one themselves', () => {
    const text = `
inside: { vars: { jump_host: gate }, hosts: { a: { ansible_host: 10.0.0.1 } } }
gates: { vars: { jump_host: outer }, hosts: { gate: { ansible_port: 2200 }, outer: { jump_host: null } } }
`
    const { route } = host(text, 'a')
    expect(route.kind === 'ssh' && route.hops.map((hop) => [hop.name, hop.address, hop.port])).toEqual([
      ['outer', 'outer', 22],
      ['gate', 'gate', 2200],
      ['a', '10.0.0.1', 22],
    ])
  })

  test('a local host is this machine: no login, no key', () => {
    const text = 'all: { hosts: { here: { ansible_connection: local, production: true } } }'
    const found = good(text, { defaultUser: undefined, defaultKeyFile: undefined }).hosts.get('here')
    expect(found).toEqual({
      name: 'here',
      groups: [],
      production: true,
      route: { kind: 'local' },
      variables: {},
    })
  })

  test('production comes from the host or a group; other variables are parameters, as typed', () => {
    const text = `
production: { vars: { production: true }, hosts: { a: { unit: api, port: 8080, ansible_python_interpreter: /usr/bin/python3 } } }
other: { hosts: { b: } }
`
    expect(host(text, 'a')).toMatchObject({ production: true, variables: { unit: 'api', port: 8080 } })
    expect(host(text, 'a').variables).toEqual({ unit: 'api', port: 8080 })
    expect(host(text, 'b').production).toBe(false)
  })

  test('ranges make hosts', () => {
    const inventory = good('web: { hosts: { "web[08:10].example.com": { x: 1 }, "db-[a:b][1:2]": } }')
    expect([...inventory.hosts.keys()]).toEqual([
      ...['web08.example.com', 'web09.example.com', 'web10.example.com'],
      ...['db-a1', 'db-a2', 'db-b1', 'db-b2'],
    ])
    expect(inventory.hosts.get('web09.example.com')?.variables).toEqual({ x: 1 })
  })
})

describe('each mistake gets its place and a remedy', () => {
  const onHost = (variables: string): string => `all:\n  hosts:\n    web1:\n      ${variables}\n`

  test.each<[name: string, text: string, expected: string]>([
    ['a template', onHost('port: "{{ base + 1 }}"'), ':4:13 all.hosts.web1.port: Jinja templates'],
    [
      'a template deep inside',
      onHost('x: { y: [ "{% if a %}" ] }'),
      ':4:17 all.hosts.web1.x.y[0]: Jinja templates',
    ],
    ['vault', onHost('x: !vault |\n        $ANSIBLE_VAULT;1.1'), ':4:10 values encrypted with ansible-vault'],
    ['another tag', onHost('x: !unsafe y'), 'YAML tags are not read'],
    [
      'a plugin',
      'plugin: amazon.aws.aws_ec2\nregions: [eu]\n',
      ':1:9 plugin: inventory plugins are not run here',
    ],
    ['INI', '[web]\nweb1 ansible_host=1.2.3.4\n', 'this is an inventory in INI'],
    [
      'a password',
      onHost('ansible_password: x'),
      ':4:25 all.hosts.web1.ansible_password: `ansible_password` is not used here: the bot logs in with a key only',
    ],
    ['an old password', onHost('ansible_ssh_pass: x'), 'logs in with a key only'],
    ['become', onHost('ansible_become: true'), "the bot's rights come from the host's sudoers"],
    ['arguments of ssh', onHost('ansible_ssh_common_args: -o ProxyJump=x'), 'set `jump_host: HOST`'],
    ['an old name', onHost('ansible_ssh_host: x'), 'write `ansible_host`'],
    ['unchecked host keys', onHost('ansible_host_key_checking: false'), 'host keys are always checked'],
    [
      'an unknown ansible_ variable',
      onHost('ansible_shell_type: fish'),
      'it may change how a host is reached',
    ],
    [
      'a merge key',
      'x: &x\n  vars: {}\nall:\n  hosts:\n    a:\n      <<: { b: 1 }\n',
      'merge keys are not read',
    ],
    ['another connection', onHost('ansible_connection: docker'), '`ansible_connection` is `ssh` or `local`'],
    [
      'a port out of range',
      onHost('ansible_port: 70000'),
      ':4:21 all.hosts.web1.ansible_port: `ansible_port` is a whole number',
    ],
    [
      'an option for an address',
      onHost('ansible_host: "-oProxyCommand=x"'),
      '`ansible_host` is a host name or an IP address',
    ],
    ['shell in an address', onHost('ansible_host: "a;b"'), '`ansible_host` is a host name or an IP address'],
    ['an odd login', onHost('ansible_user: -l'), '`ansible_user` is a login'],
    ['a word for production', onHost('production: yes'), '`production` is `true` or `false`'],
    [
      'an unknown jump host',
      'all: { hosts: { bastion: , a: { jump_host: bastoin } } }',
      'did you mean `bastion`?',
    ],
    [
      'a circle',
      'all: { hosts: { a: { jump_host: b }, b: { jump_host: a } } }',
      'goes in a circle: a → b → a',
    ],
    [
      'a jump through this machine',
      'all: { hosts: { a: { jump_host: b }, b: { ansible_connection: local } } }',
      'which is this machine itself',
    ],
    [
      'local behind a jump host',
      'all: { hosts: { a: { jump_host: b, ansible_connection: local }, b: } }',
      'take one of the two out',
    ],
    [
      'a host named like a topic',
      'all: { hosts: { DB: } }',
      'all.hosts.DB: `DB` is a topic or a command of DebVisor, so no host may have this name',
    ],
    ['a group named like a command', 'help: { hosts: { a: } }', 'no group may have this name'],
    ['a host with a space', 'all: { hosts: { "a b": } }', 'a host is named with letters, digits'],
    ['a host that starts with -', 'all: { hosts: { -a: } }', 'a host is named with letters, digits'],
    ['a host with a port', 'all: { hosts: { "a:22": } }', 'write `ansible_port: 22`'],
    ['a range too large', 'all: { hosts: { "a[1:99999]": } }', 'it means more than 1000 hosts'],
    ['a range upside down', 'all: { hosts: { "a[9:1]": } }', 'a range is written [1:9]'],
    ['an unknown key of a group', 'all: { host: { a: } }', 'unknown key `host`; did you mean `hosts`?'],
    ['a list of hosts', 'all: { hosts: [a, b] }', 'all.hosts: expected a map, found a list'],
    [
      'a host twice in one group',
      'all:\n  hosts:\n    a:\n    a:\n',
      'all.hosts.a: `a` is written twice, first at line 3, column 5; take one out or rename it',
    ],
    [
      'a priority that is no number',
      'g: { vars: { ansible_group_priority: high }, hosts: { a: } }',
      '`ansible_group_priority` is a whole number',
    ],
    ['nothing at all', '', 'found nothing'],
  ])('%s', (_, text, expected) => {
    expect(problems(text).join('\n')).toContain(expected)
    for (const problem of problems(text))
      expect(problem).toMatch(/^\/etc\/debvisor\/inventory\.yml:\d+:\d+ \S/)
  })

  test('no login and no key anywhere', () => {
    const options = { defaultUser: undefined, defaultKeyFile: undefined }
    expect(problems('all: { hosts: { a: } }', options)).toEqual([
      '/etc/debvisor/inventory.yml:1:20 all.hosts.a: no login for this host; set `ansible_user` here or on a group, or `ssh.user` in debvisor.yml for all hosts',
      '/etc/debvisor/inventory.yml:1:20 all.hosts.a: no private key for this host; set `ansible_ssh_private_key_file` here or on a group, or `ssh.keyFile` in debvisor.yml for all hosts',
    ])
  })

  test('all of them at once, and a mistake of a group once only', () => {
    const text = 'web: { vars: { ansible_become: true, ansible_port: 0 }, hosts: { "web[1:20]": } }'
    expect(problems(text)).toHaveLength(2)
  })
})

describe('files', () => {
  test('the example is an inventory', () => {
    const loaded = loadInventory('inventory.example.yml', {
      reserved: ['db', 'service', 'websocket', 'performance', 'hosts'],
    })
    if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
    expect([...loaded.inventory.hosts.keys()]).toContain('web02.example.com')
    expect(loaded.inventory.hosts.get('host1')).toMatchObject({ production: true, groups: ['production'] })
    const staging = loaded.inventory.hosts.get('staging1')?.route
    expect(staging?.kind === 'ssh' && staging.hops.map((hop) => hop.name)).toEqual(['bastion', 'staging1'])
    expect(loaded.inventory.hosts.get('localhost')?.route).toEqual({ kind: 'local' })
  })

  test('a missing one, and a folder, get one sentence with the remedy', () => {
    const folder = mkdtempSync(join(tmpdir(), 'inventory-'))
    const missing = loadInventory(join(folder, 'no.yml'), defaults)
    expect(missing).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('copy inventory.example.yml') }],
    })
    expect(loadInventory(folder, defaults)).toMatchObject({
      ok: false,
      problems: [{ message: 'this is a folder; name the inventory file in it' }],
    })
    writeFileSync(join(folder, 'ok.yml'), 'all: { hosts: { a: } }')
    expect(loadInventory(join(folder, 'ok.yml'), defaults).ok).toBe(true)
  })
})
