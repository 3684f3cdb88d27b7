import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, expectLine, type Line } from './ask.ts'

const journal = (line: string) => `[ "$1" = -q ] || exit 0\necho '${line}'`
const nobody = '1'
const plain = ['false', 'localhost', '127.0.0.1']

const lines: readonly Line[] = [
  [
    'its own log alone, where it has one',
    'socketio/log.sh',
    ['$root/own.log', '$root/error.log', 'debvisor'],
    {
      tree: { 'own.log': 'transport closed\n', 'error.log': 'websocket: lost\n' },
      programs: { journalctl: journal('2026-11-25T19:05:01+0000 host1 debvisor[9]: engine.io refused') },
    },
    /^now=\d+ zone=\+0000\ntransport closed\n$/,
  ],
  [
    "what DebVisor's log and journal say of it, where it has none",
    'socketio/log.sh',
    ['$root/none.log', '$root/error.log', 'debvisor'],
    {
      tree: { 'error.log': 'disk full\nwebsocket: lost\n' },
      programs: { journalctl: journal('2026-11-25T19:05:01+0000 host1 debvisor[9]: engine.io refused') },
    },
    /^now=\d+ zone=\+0000\nwebsocket: lost\n2026-11-25T19:05:01\+0000 host1 debvisor\[9\]: engine\.io refused\n$/,
  ],
  [
    'the versions that are installed',
    'socketio/versions.sh',
    ['$root/app', nobody, 'false', 'localhost', '127.0.0.1', '/socket.io/'],
    {
      tree: {
        'app/node_modules/socket.io/package.json': '{\n  "name": "socket.io",\n  "version": "4.7.2"\n}\n',
        'app/node_modules/socket.io-client/package.json': '{\n  "version": "2.5.0"\n}\n',
        'app/static/socket.io.min.js': '/*! Socket.IO v3.1.3 (c) */\n',
        'app/lib/python_socketio-5.11.0.dist-info/METADATA': '',
        'usr/lib/python3/none': '',
      },
    },
    `server	socket.io	4.7.2	/app/node_modules/socket.io/package.json
server	python-socketio	5.11.0	/app/lib/python_socketio-5.11.0.dist-info
client	socket.io-client	2.5.0	/app/node_modules/socket.io-client/package.json
client	bundle	3.1.3	/app/static/socket.io.min.js
=== end
`,
  ],
]

describe('of Socket.IO it is told', () => {
  it.concurrent.each(lines)('%s (%s)', async (...line) => expectLine(line))
})

describe('of a page that DebVisor does not serve in time it is told', () => {
  /** Answers what is there, and takes any other request without ever answering it. */
  const slow = (pages: Readonly<Record<string, string>>): Server =>
    createServer((request, response) => {
      const page = pages[request.url ?? '']
      if (page !== undefined) response.end(page)
    })
  const servers = {
    script: slow({ '/': '<script src="/socket.io/socket.io.js"></script>' }),
    page: slow({}),
  }
  const portOf = (server: Server) => String((server.address() as AddressInfo).port)
  beforeAll(async () => {
    for (const server of Object.values(servers))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    for (const server of Object.values(servers)) server.closeAllConnections()
    for (const server of Object.values(servers)) server.close()
  })

  it.concurrent('that its script gives no answer', async () => {
    const said = await ask('socketio/page-scripts.sh', [portOf(servers.script), ...plain])
    expect(said).toMatchObject({ status: 0, stdout: '/socket.io/socket.io.js\t0\n=== end\n' })
  })

  it.concurrent.each([
    ['the scripts of a page that never came', 'socketio/page-scripts.sh', []],
    ['the version of a client that never came', 'socketio/versions.sh', ['/socket.io/']],
  ])('nothing of %s: that is not the end (69)', async (_, script, more) => {
    const port = portOf(servers.page)
    const own = [port, ...plain, ...more]
    const said = await ask(script, script.includes('versions') ? ['/none', ...own] : own)
    expect(said).toMatchObject({ status: 69, stdout: '' })
  })

  it('nothing, and that this is all, where nobody listens', async () => {
    expect(await ask('socketio/page-scripts.sh', [nobody, ...plain])).toMatchObject({
      status: 0,
      stdout: '=== end\n',
    })
  })
})
