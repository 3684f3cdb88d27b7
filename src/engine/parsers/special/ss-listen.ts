import {
  linesOf,
  notUnderstood,
  type Parser,
  type Row,
  type Shape,
  understood,
  whole,
  words,
} from '../parser.ts'

/**
 * Sockets that listen, from `ss -H -ltnup` or `netstat -tulpn`, whichever the host has: `.rows`. `process` and `pid`
 * are missing where the login may not see them. `wildcard`: it listens on every address. For a listening TCP socket
 * `recvq` is the connections that wait to be accepted and `sendq` how many may (ss only).
 *
 *     tcp   LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=812,fd=6),("nginx",pid=811,fd=6))
 *     tcp   LISTEN 0      244        127.0.0.1:5432      0.0.0.0:*
 *
 *     Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
 *     tcp        0      0 127.0.0.1:5432          0.0.0.0:*               LISTEN      640/postgres
 *     udp        0      0 0.0.0.0:68              0.0.0.0:*                           512/dhclient
 */
const shape = {
  proto: 'string',
  localAddress: 'string',
  port: 'int',
  wildcard: 'bool',
  process: 'string',
  pid: 'int',
  recvq: 'int',
  sendq: 'int',
} as const satisfies Shape

export const ssListen: Parser = {
  gives: { rows: shape },
  parse(text) {
    const lines = linesOf(text).filter((line) => !isHeader(line))
    const rows = lines.map(rowOf)
    const odd = rows.indexOf(undefined)
    if (odd >= 0) return notUnderstood('a line of ss or netstat', lines[odd] ?? '')
    return understood({ rows: rows.filter((row) => row !== undefined) })
  },
}

const isHeader = (line: string): boolean =>
  ['Netid', 'State', 'Proto', 'Active Internet', '(Not all processes', ' will not be shown'].some((word) =>
    line.startsWith(word),
  )

function rowOf(line: string): Row | undefined {
  const cells = words(line)
  const withProto = /^(?:tcp|udp)6?$/.test(cells[0] ?? '')
  const rest = withProto ? cells.slice(1) : cells
  const [state = ''] = rest
  if (state === 'LISTEN' || state === 'UNCONN') {
    const proto = withProto ? (cells[0] ?? '') : state === 'LISTEN' ? 'tcp' : 'udp'
    return socket(proto, rest.slice(1), ssProcess(rest.slice(5).join(' ')))
  }
  if (!withProto || whole(state) === undefined) return undefined
  const owner = cells.slice(cells[5] === 'LISTEN' ? 6 : 5).join(' ')
  return socket((cells[0] ?? '').replace('6', ''), rest, netstatProcess(owner))
}

interface Owner {
  readonly process?: string
  readonly pid?: bigint | undefined
}

function socket(
  proto: string,
  [recv = '', send = '', local = '']: readonly string[],
  owner: Owner,
): Row | undefined {
  const colon = local.lastIndexOf(':')
  const port = whole(local.slice(colon + 1))
  if (colon < 0 || port === undefined) return undefined
  const address = local.slice(0, colon)
  const localAddress = address.startsWith('[') ? address.slice(1, -1) : address
  return {
    proto,
    localAddress,
    port,
    wildcard: ['*', '0.0.0.0', '::'].includes(localAddress),
    process: owner.process,
    pid: owner.pid,
    recvq: whole(recv),
    sendq: whole(send),
  }
}

/** `users:(("nginx",pid=812,fd=6),…)`: the first of them. */
function ssProcess(users: string): Owner {
  const start = users.indexOf('(("')
  const end = users.indexOf('",pid=', start)
  if (start < 0 || end < 0) return {}
  return { process: users.slice(start + 3, end), pid: digitsAt(users, end + '",pid='.length) }
}

/** `640/postgres` or `811/nginx: master p`; "-" where it may not be seen. */
function netstatProcess(owner: string): Owner {
  const slash = owner.indexOf('/')
  if (slash < 0) return {}
  const name = owner.slice(slash + 1).trim()
  return { process: name.split(':')[0] ?? name, pid: whole(owner.slice(0, slash)) }
}

const digitsAt = (text: string, start: number): bigint | undefined => {
  let end = start
  while (end < text.length && end - start < 10 && /[0-9]/.test(text[end] ?? '')) end++
  return whole(text.slice(start, end))
}
