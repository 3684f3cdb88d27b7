import { describe, it } from 'vitest'
import { expectLine, type Line } from './ask.ts'

const journal = (line: string) => `[ "$1" = -q ] || exit 0\necho '${line}'`
const nobody = '1'

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
    ['$root/app', nobody, '/socket.io/'],
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
