import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server as TcpServer } from 'node:net'

const handshake = '0{"sid":"abc-1","upgrades":["websocket"]}'
let pongs = 0
/** DebVisor as its scripts meet it: a page, an API, Socket.IO 4. */
const answers: Readonly<
  Record<string, (request: IncomingMessage) => [status: number, headers: object, body: string]>
> = {
  '/': () => [200, { 'content-type': 'text/html' }, '<script src="/js/socket.io.min.js"></script>'],
  '/api/health': () => [
    200,
    { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    '{"ok":\ntrue}',
  ],
  '/api/status': () => [500, { 'content-type': 'text/plain' }, 'broken'],
  '/socket.io/socket.io.js': () => [200, {}, '/*! Socket.IO v4.7.2 */'],
  // As of two workers, of which each second connection reaches the one that does not know the session.
  '/two-workers/': ({ method, url = '' }) =>
    method === 'POST' && url.includes('sid=') && pongs++ % 2 === 1
      ? [400, {}, '"Invalid session abc-1"']
      : [200, {}, method === 'POST' ? 'OK' : handshake],
  '/socket.io/': ({ url = '' }) =>
    url.includes('EIO=3')
      ? [400, {}, '{"code":5,"message":"Unsupported protocol version"}']
      : [200, {}, handshake],
}

/** As a server of plain HTTP, or of TLS by that certificate. `asked`: Host and path of each request. */
export function debvisorServer(certificate?: { key: string; cert: string }): Server & { asked: string[] } {
  const server: Server = certificate ? createTlsServer(certificate) : createServer()
  const asked: string[] = []
  server.on('request', (request, response) => {
    asked.push(`${request.headers.host} ${request.url}`)
    const answer = answers[(request.url ?? '').split('?')[0] ?? '']
    const [status, headers, body] = answer ? answer(request) : [404, {}, '']
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
  })
  // RFC 6455, section 4.2.2; `/typing-error/` has two letters of its constant changed, `/none/` leaves it out.
  server.on('upgrade', ({ url = '', headers }, socket) => {
    const guid = url.startsWith('/typing-error/')
      ? '258EAFA5-E914-47DA-95AC-C5AB0DC85B11'
      : '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
    const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${guid}`).digest('base64')
    const told = url.startsWith('/none/') ? '' : `Sec-WebSocket-Accept: ${accept}\r\n`
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${told}\r\n`)
  })
  return Object.assign(server, { asked })
}

/** The port, as an argument of a script. */
export const listen = (server: TcpServer): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(String((server.address() as AddressInfo).port)))
  })
