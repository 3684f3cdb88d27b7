import { describe, expect, it } from 'vitest'
import { namedObjects } from '../../../src/engine/errors/named-objects.ts'

const lines = (...texts: readonly string[]) => texts.map((text) => ({ age: 5, text }))
const named = (...texts: readonly string[]) =>
  namedObjects(lines(...texts)).map(({ code, path }) => `${code} ${path}`)

describe('paths that errors name', () => {
  it.each([
    [
      "ERROR panel.api: RPC call failed: INTERNAL: [Errno 13] Permission denied: '/var/lib/debvisor/rpc/nodes.json'",
      'EACCES /var/lib/debvisor/rpc/nodes.json',
    ],
    [
      "rpcd[9]: FileNotFoundError: [Errno 2] No such file or directory: '/srv/a b/list.json'",
      'ENOENT /srv/a b/list.json',
    ],
    [
      "Error: EISDIR: illegal operation on a directory, read '/etc/debvisor/x.json'",
      'EISDIR /etc/debvisor/x.json',
    ],
    ['ERROR open /var/lib/debvisor/nodes.db: permission denied', 'EACCES /var/lib/debvisor/nodes.db'],
    [
      'level=error msg="write /var/lib/debvisor/state: read-only file system"',
      'EROFS /var/lib/debvisor/state',
    ],
  ])('%s', (line, says) => {
    expect(named(line)).toEqual([says])
  })

  it.each([
    ["WARNING panel: no theme: [Errno 2] No such file or directory: '/etc/debvisor/theme.json'"],
    ["INFO panel: optional: [Errno 13] Permission denied: '/etc/debvisor/theme.json'"],
    ['cat: /etc/debvisor/optional: No such file or directory'],
    ['ERROR GET /api/nodes failed with 404'],
    ['ERROR rpc: [Errno 111] Connection refused'],
    ["ERROR panel: invalid value in '/etc/debvisor/config.json'"],
  ])('not of %s', (line) => {
    expect(named(line)).toEqual([])
  })

  it('belong to the process itself where its own exception names them', () => {
    const of = (...texts: readonly string[]) => namedObjects(lines(...texts)).map(({ raised }) => raised)
    expect(
      of('ERROR app: Exception on /', "PermissionError: [Errno 13] Permission denied: '/etc/d/x'"),
    ).toEqual([true])
    expect(
      of('ERROR api: failed', "rpc.RpcError: INTERNAL: [Errno 13] Permission denied: '/etc/d/x'"),
    ).toEqual([false])
  })

  it('are told once with how often, newest first, and no more than four', () => {
    const at = (age: number, path: string) => ({
      age,
      text: `ERROR x: [Errno 2] No such file or directory: '${path}'`,
    })
    expect(
      namedObjects([
        at(1000, '/a/old'),
        at(50, '/a/one'),
        at(40, '/a/one'),
        at(40, '/a/one'),
        at(9, '/a/two'),
      ]),
    ).toMatchObject([
      { path: '/a/two', times: 1 },
      { path: '/a/one', times: 2 },
    ])
    expect(namedObjects([1, 2, 3, 4, 5].map((n) => at(9 - n, `/a/f${n}`)))).toHaveLength(4)
  })
})
