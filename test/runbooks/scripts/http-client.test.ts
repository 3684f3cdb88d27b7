import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './ask.ts'
import { selfSigned } from './self-signed.ts'

const certificate = selfSigned()

/** What it answers to a path. */
const pages: Readonly<Record<string, RequestListener>> = {
  '/': (_, response) => response.end('hello'),
  '/chunks': (_, response) => {
    response.write('{"a":')
    setImmediate(() => response.end('1}'))
  },
  '/endless': (_, response) => {
    const more = () => response.write('x'.repeat(65_536), (error) => (error ? undefined : setImmediate(more)))
    more()
  },
  '/stalls': (_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('half')
  },
  '/never': () => undefined,
  '/ends': ({ socket }) => socket.destroy(),
  '/asked': ({ method, headers, socket }, response) =>
    response.end(`${method} ${headers.host} ${(socket as TLSSocket).servername ?? 'plain'}`),
  '/posted': (request, response) => {
    let bytes = 0
    request
      .on('data', (chunk: Buffer) => (bytes += chunk.length))
      .on('end', () => response.end(`${bytes} bytes`))
  },
}
const answer: RequestListener = (request, response) =>
  (pages[request.url?.split('?')[0] ?? ''] ?? ((_, none) => none.writeHead(404).end()))(request, response)

const plain = createServer(answer)
const tls = certificate && createTlsServer(certificate, answer)
const closed = createTcpServer()
/** Takes connections and says nothing, as a program that hangs. */
const silent = createTcpServer(() => undefined)
/** SSH greets first; nothing that it says is HTTP or TLS. */
const ssh = createTcpServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'))
const servers: readonly Server[] = [plain, closed, silent, ssh, ...(tls ? [tls] : [])]
const portOf = (server: Server | undefined): string => String((server?.address() as AddressInfo | null)?.port)
let closedPort = ''

beforeAll(async () => {
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closedPort = portOf(closed)
  await new Promise((resolve) => closed.close(resolve))
})
afterAll(() => {
  plain.closeAllConnections()
  tls?.closeAllConnections()
  for (const server of servers) server.close()
})

const shared = fileURLToPath(new URL('../../../src/runbooks/scripts/shared', import.meta.url))
const program = `require "./sockets.pl";
require "./http-client.pl";
my ($port, $tls, $host, $path, %request) = @ARGV;
my $answer = ask_http({ at => "127.0.0.1", port => $port, tls => $tls, host => $host }, $path, within => 1, %request);
print join("|", map { $_ // "" } @$answer{qw(status whole late why)}, length $answer->{body}, substr $answer->{body}, 0, 60)`

/** Status, whether it is whole, whether it is late, why there is none, length of the body, its beginning. */
function askClient(
  port: string,
  tls: boolean,
  host: string,
  path: string,
  ...request: string[]
): Promise<string> {
  const args = ['-e', program, port, String(tls), host, path, ...request]
  return new Promise((resolve) => {
    execFile('perl', args, { cwd: shared, encoding: 'utf8' }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

const ways = [['plain HTTP', false] as const, ...(tls ? [['TLS', true] as const] : [])]

describe.each(ways)('over %s', (_, isTls) => {
  const server = isTls ? tls : plain
  const at = (path: string, ...request: string[]) =>
    askClient(portOf(server), isTls, 'localhost', path, ...request)

  it.concurrent('an answer is read to its end, with a length or in chunks', async () => {
    expect(await at('/')).toBe('200|1|0||5|hello')
    expect(await at('/chunks')).toBe('200|1|0||7|{"a":1}')
    expect(await at('/none')).toBe('404|1|0||0|')
  })

  it.concurrent('an endless one is cut', async () => {
    expect(await at('/endless', 'most', '100000')).toMatch(/^200\|0\|0\|\|\d{5,6}\|x{60}$/)
  })

  it.concurrent('one that stalls is late, with what came of it', async () => {
    expect(await at('/stalls')).toMatch(/^200\|0\|1\|\|4\|half$/)
  })

  it.concurrent('no answer has its reason', async () => {
    expect(await at('/never')).toBe('0|0|1|no answer within 1 s|0|')
    expect(await at('/ends')).toBe('0|0|0|closed without an answer|0|')
    expect(await askClient(closedPort, isTls, 'localhost', '/')).toBe('0|0|0|connect: Connection refused|0|')
    expect(await askClient(portOf(silent), isTls, 'localhost', '/')).toBe('0|0|1|no answer within 1 s|0|')
  })

  it.concurrent('the site is named', async () => {
    const named = (host: string) => askClient(portOf(server), isTls, host, '/asked')
    expect(await named('panel.example:8443')).toContain(
      `GET panel.example:8443 ${isTls ? 'panel.example' : 'plain'}`,
    )
    // An address is no server name (RFC 6066).
    expect(await named('127.0.0.1')).toContain(`GET 127.0.0.1 ${isTls ? 'false' : 'plain'}`)
  })

  it.concurrent('a large message is sent whole', async () => {
    expect(await at('/posted', 'method', 'POST', 'body', 'a'.repeat(70_000))).toBe('200|1|0||11|70000 bytes')
  })

  it.concurrent('what speaks something else is told', async () => {
    expect(await askClient(portOf(ssh), isTls, 'localhost', '/')).toBe(
      isTls ? '0|0|0|does not speak TLS|0|' : '0|0|1|not HTTP: SSH-2.0-OpenSSH_9.2..|0|',
    )
    if (isTls)
      expect(await askClient(portOf(plain), true, 'localhost', '/')).toBe('0|0|0|does not speak TLS|0|')
  })
})

describe.runIf(tls)('nginx is asked over TLS', () => {
  const nginx = () => ['127.0.0.1', portOf(tls), 'true', 'dash.example.com']

  it('with a large message', async () => {
    const { stdout, stderr } = await ask('nginx/large-message.pl', [
      portOf(plain),
      'false',
      '/posted',
      ...nginx(),
    ])
    expect({ stdout, stderr }).toEqual({
      stdout: 'nginx\t200\t70000 bytes\ndirect\t200\t70000 bytes\n=== end\n',
      stderr: '',
    })
  })
})

it('where openssl is not there, nothing was seen over TLS (69)', async () => {
  const withoutOpenssl = 'perl=$(command -v perl); PATH=/nowhere; exec "$perl" -e "$0" 1 true localhost /'
  const said = await new Promise((resolve) => {
    execFile(
      '/bin/sh',
      ['-c', withoutOpenssl, program],
      { cwd: shared, encoding: 'utf8' },
      (error, stdout, stderr) => resolve({ status: error?.code, stdout, stderr }),
    )
  })
  expect(said).toEqual({
    status: 69,
    stdout: '',
    stderr: 'openssl is not installed, so nothing can be asked over TLS\n',
  })
})

it('where openssl cannot be started, nothing was seen either (69)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-openssl-'))
  writeFileSync(join(folder, 'openssl'), '#!/nowhere/sh\n', { mode: 0o755 })
  const withIt = `perl=$(command -v perl); PATH=${folder}; exec "$perl" -e "$0" 1 true localhost /`
  const said = await new Promise((resolve) => {
    execFile('/bin/sh', ['-c', withIt, program], { cwd: shared, encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ status: error?.code, stdout, stderr }),
    )
  })
  rmSync(folder, { recursive: true })
  expect(said).toEqual({
    status: 69,
    stdout: '',
    stderr: 'openssl cannot be started: No such file or directory\n',
  })
})
