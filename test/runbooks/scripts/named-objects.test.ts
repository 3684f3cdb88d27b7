import { describe, expect, it } from 'vitest'
import { ask } from './ask.ts'

/** Two units, of nobody and of root's friend daemon, on a planted tree; `at` is made in it before the look. */
const look = async (
  path: string,
  at: { readonly made?: string; readonly unit?: string; readonly other?: string } = {},
) => {
  const { made = '', unit = 'User=daemon', other = 'User=nobody' } = at
  const { status, stdout, stderr } = await ask(
    'host/named-objects.pl',
    ['panel', 'rpcd', '$root/opt/panel', '$root/etc/debvisor/config.yaml', path, '/', '/', '/'],
    {
      tree: {
        'srv/rpc/nodes.json': '{}',
        'etc/debvisor/config.yaml': 'tls: false\nnodes: $root/srv/rpc/gone.json\n',
        'proc/self/mountinfo': `1 0 0:1 / / rw - ext4 none rw\n2 1 0:2 / $root/srv/ro\\040only rw - ext4 none ro\n`,
      },
      programs: {
        systemctl: `chmod 755 $root; cd $root/srv; ${made}
printf '%s\\n' Id=panel.service LoadState=loaded ${unit} '' Id=rpcd.service LoadState=loaded ${other}`,
      },
    },
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const columns = 'path state at kind account own access where about owner mount full named hidden'.split(' ')
  const lines = stdout.split('\n').slice(0, -1)
  expect(lines.pop()).toBe('=== end')
  return lines.map((line) => Object.fromEntries(line.split('\t').map((value, i) => [columns[i], value])))
}

const nodes = '$root/srv/rpc/nodes.json'

describe('the paths that errors name', () => {
  it('are looked at as each account would meet them', async () => {
    expect(await look(nodes)).toMatchObject([
      {
        path: '/srv/rpc/nodes.json',
        state: 'there',
        kind: 'file',
        account: 'daemon',
        own: 'yes',
        access: 'read',
      },
      { account: 'nobody', own: 'no', access: 'read', mount: 'rw /', named: '-', hidden: '-' },
    ])
  })

  it.each([
    ['a file for its owner alone', 'chmod 600 rpc/nodes.json', '/srv/rpc/nodes.json', /, mode 600$/],
    ['a folder for its owner alone', 'chmod 700 rpc', '/srv/rpc', /, mode 700$/],
  ])('tell what closes them: %s', async (_, made, where, about) => {
    const closed = { access: 'closed', where, about: expect.stringMatching(about) }
    expect(await look(nodes, { made })).toMatchObject([closed, closed])
  })

  it('are open where everybody may write them, and to root', async () => {
    expect(await look(nodes, { made: 'chmod 666 rpc/nodes.json' })).toMatchObject([
      { access: 'write' },
      { access: 'write' },
    ])
    const asRoot = await look(nodes, { made: 'chmod 600 rpc/nodes.json', other: 'User=' })
    expect(asRoot).toMatchObject([{ access: 'closed' }, { account: 'root', access: 'write' }])
  })

  it('are not known to be closed to an account that is not known here', async () => {
    const [own] = await look(nodes, { made: 'chmod 600 rpc/nodes.json', unit: 'User=no-such-account' })
    expect(own).toMatchObject({ account: 'no-such-account', access: '?' })
  })

  it.each([
    ['missing', 'rm rpc/nodes.json', '/srv/rpc/nodes.json'],
    ['missing', 'rm -r rpc', '/srv/rpc'],
    ['dangling', 'rm -r rpc; ln -s nowhere rpc', '/srv/rpc'],
    ['loop', 'rm -r rpc; ln -s rpc rpc', '/srv/rpc'],
    ['not a folder', 'rm -r rpc; : >rpc', '/srv/rpc'],
  ])('are %s after %s', async (state, made, at) => {
    const [own] = await look(nodes, { made })
    expect(own).toMatchObject({ state, at })
  })

  it('name the line of the configuration that names them', async () => {
    const [own] = await look('$root/srv/rpc/gone.json')
    expect(own).toMatchObject({ state: 'missing', named: '/etc/debvisor/config.yaml:2' })
  })

  it('name a file system that is mounted read-only, by itself or as a whole', async () => {
    const [own] = await look('$root/srv/ro only/x', { made: 'mkdir "ro only"' })
    expect(own).toMatchObject({ mount: 'ro /srv/ro only' })
  })

  it.each([
    ['RootDirectory=/srv/jail', nodes, 'RootDirectory=/srv/jail'],
    ['PrivateTmp=yes', '/tmp/panel.sock', 'PrivateTmp=yes'],
    ['ProtectHome=tmpfs', '/home/panel/x', 'ProtectHome=tmpfs'],
    ["'BindPaths=/mnt/a:/var/cache/none:rbind'", '/var/cache/none/x', 'BindPaths=/var/cache/none'],
    ['TemporaryFileSystem=/var/cache/none:ro', '/var/cache/none/x', 'TemporaryFileSystem=/var/cache/none'],
    ['TemporaryFileSystem=/var/cache/none:ro', '/var/cache/nonesuch', '-'],
    ['PrivateTmp=no', '/tmp/panel.sock', '-'],
  ])('with %s of a unit: what it sees of %s', async (setting, path, hidden) => {
    const [own] = await look(path, { unit: `User=daemon ${setting}` })
    expect(own?.hidden).toBe(hidden)
  })

  it('print nothing that would be another line', async () => {
    const looked = await look('$root/srv/rpc/a\tb')
    expect(looked.map(({ path }) => path)).toEqual(['/srv/rpc/a?b', '/srv/rpc/a?b'])
  })
})
