import { notUnderstood, type Parser, understood, whole } from '../parser.ts'

/**
 * A raw HTTP/1 answer, as `curl -i` or a handshake over /dev/tcp shows it: `.fields`. `headers` are lines `name:
 * value`, names in small letters; interim answers (100 Continue) are passed over.
 *
 *     HTTP/1.1 101 Switching Protocols
 *     Upgrade: websocket
 *     Connection: Upgrade
 *     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
 */
export const httpResponse: Parser = {
  gives: {
    fields: { version: 'string', status: 'int', reason: 'string', headers: 'string', body: 'string' },
  },
  parse(text) {
    let rest = text.replaceAll('\r\n', '\n').trimStart()
    while (true) {
      const end = rest.indexOf('\n\n')
      const [first = '', ...headers] = (end < 0 ? rest : rest.slice(0, end)).split('\n')
      const body = end < 0 ? '' : rest.slice(end + 2)
      const [version = '', code = '', ...reason] = first.split(' ')
      const status = version.startsWith('HTTP/') ? whole(code) : undefined
      if (status === undefined || status < 100n || status > 999n)
        return notUnderstood('a status line of HTTP', text)
      if (status === 100n && body.startsWith('HTTP/')) {
        rest = body
        continue
      }
      return understood({
        fields: {
          version,
          status,
          reason: reason.join(' '),
          headers: headers.map(lowerName).join('\n'),
          body,
        },
      })
    }
  },
}

function lowerName(header: string): string {
  const colon = header.indexOf(':')
  if (colon < 0) return header
  return `${header.slice(0, colon).toLowerCase()}: ${header.slice(colon + 1).trim()}`
}
