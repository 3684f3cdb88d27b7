import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matchesGlob, nginxConfig } from '../../../../src/engine/parsers/special/nginx-config.ts'
import { refusal, rowsOf } from '../parsed.ts'

const dump = `# configuration file /etc/nginx/nginx.conf:
user www-data;
events { worker_connections 768; }
http {
    log_format main '$remote_addr "$request" {x}; # not a comment';
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    include mime.types;
    include /etc/nginx/sites-enabled/*;
}

# configuration file /etc/nginx/mime.types:
types { text/html html htm; }

# configuration file /etc/nginx/sites-enabled/debvisor:
upstream backend { server 127.0.0.1:8080; }
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    location /socket.io/ { # the live feed
        proxy_pass http://backend;
        proxy_set_header Upgrade $http_upgrade;
        include snippets/proxy.conf;
    }
    location ~ \\.php$ { return 404; }
    server_name debvisor.example \${host}.internal;
}

# configuration file /etc/nginx/snippets/proxy.conf:
proxy_http_version 1.1;
`
const rows = rowsOf(nginxConfig, dump)
const named = (name: string) => rows.filter((row) => row.name === name)

it('knows where a directive stands', () => {
  expect(named('proxy_set_header')).toEqual([
    {
      file: '/etc/nginx/sites-enabled/debvisor',
      line: 7n,
      context: 'http/server/location /socket.io/',
      server: 1n,
      server_name: 'debvisor.example ${host}.internal',
      listen: '443 ssl, [::]:443 ssl',
      location: '/socket.io/',
      name: 'proxy_set_header',
      value: 'Upgrade $http_upgrade',
      args: ['Upgrade', '$http_upgrade'],
    },
  ])
})

it('puts included files where they are included', () => {
  expect(named('proxy_http_version').map((row) => [row.context, row.server, row.location])).toEqual([
    ['http/server/location /socket.io/', 1n, '/socket.io/'],
  ])
  expect(named('text/html')[0]?.context).toBe('http/types')
  expect(named('types')[0]?.context).toBe('http')
})

it('reads a snippet once for each place that includes it', () => {
  const text = `# configuration file /n/nginx.conf:
http { server { server_name a; include s.conf; } server { server_name b; include s.conf; } }
# configuration file /n/s.conf:
gzip on;
`
  const gzip = rowsOf(nginxConfig, text).filter((row) => row.name === 'gzip')
  expect(gzip.map((row) => [row.server, row.server_name])).toEqual([
    [1n, 'a'],
    [2n, 'b'],
  ])
})

it('keeps quotes, braces and comments apart', () => {
  expect(named('log_format')[0]?.args).toEqual(['main', '$remote_addr "$request" {x}; # not a comment'])
  expect(named('location').map((row) => row.args)).toEqual([['/socket.io/'], ['~', '\\.php$']])
  expect(named('').map((row) => [row.context, row.value])).toEqual([
    ['http/map $http_upgrade $connection_upgrade', 'close'],
  ])
})

it('tells a server block from a server of an upstream', () => {
  expect(named('server').map((row) => [row.context, row.value])).toEqual([
    ['http/upstream backend', '127.0.0.1:8080'],
    ['http', ''],
  ])
})

it('passes over Lua', () => {
  const lua = 'location / { content_by_lua_block { if x then y = { 1; 2 } end } gzip on; }'
  expect(rowsOf(nginxConfig, lua).map((row) => row.name)).toEqual([
    'location',
    'content_by_lua_block',
    'gzip',
  ])
})

it.each(['', 'server {', '}', 'server { listen 80 }', 'listen "80', 'nginx: [emerg] unexpected end of file'])(
  'does not understand %j',
  (text) => {
    expect(refusal(nginxConfig, text)).toContain('the configuration that nginx -T prints')
  },
)

it('matches globs as their meaning says', () => {
  const part = fc.stringMatching(/^[ab*?/]{0,8}$/)
  const meaning = (pattern: string) =>
    new RegExp(
      `^${pattern
        .split('')
        .map((c) => (c === '*' ? '[^/]*' : c === '?' ? '[^/]' : c))
        .join('')}$`,
    )
  fc.assert(
    fc.property(part, fc.stringMatching(/^[ab/]{0,8}$/), (pattern, name) => {
      expect(matchesGlob(pattern, name)).toBe(meaning(pattern).test(name))
    }),
    { numRuns: 2000 },
  )
})
