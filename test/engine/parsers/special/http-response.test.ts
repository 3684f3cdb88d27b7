import { expect, it } from 'vitest'
import { httpResponse } from '../../../../src/engine/parsers/special/http-response.ts'
import { fieldsOf, refusal } from '../parsed.ts'

it('reads a handshake', () => {
  const text = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
  expect(fieldsOf(httpResponse, text)).toEqual({
    version: 'HTTP/1.1',
    status: 101n,
    reason: 'Switching Protocols',
    headers: 'upgrade: websocket\nconnection: Upgrade',
    body: '',
  })
})

it('reads a body, after an interim answer, without a reason', () => {
  const text = 'HTTP/1.1 100 Continue\n\nHTTP/2 502\nServer:nginx\n\n<html>\n\n502</html>\n'
  expect(fieldsOf(httpResponse, text)).toMatchObject({
    status: 502n,
    reason: '',
    headers: 'server: nginx',
    body: '<html>\n\n502</html>\n',
  })
})

it('does not understand an error of curl, or nothing', () => {
  expect(refusal(httpResponse, 'curl: (7) Failed to connect')).toContain('Failed to connect')
  expect(refusal(httpResponse, '')).toContain('found nothing')
  expect(refusal(httpResponse, 'HTTP/1.1 9999 No')).toContain('a status line')
})
