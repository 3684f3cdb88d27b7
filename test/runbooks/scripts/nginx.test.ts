import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evidenceOf } from '../scripts.ts'
import { ask, expectLine, type Line } from './ask.ts'
import { debvisorServer, listen } from './debvisor-server.ts'
import { selfSigned } from './self-signed.ts'

const certificate = selfSigned()
const ways = [
  { way: 'plain HTTP', tls: 'false', debvisor: debvisorServer() },
  ...(certificate ? [{ way: 'TLS', tls: 'true', debvisor: debvisorServer(certificate) }] : []),
]
const gone = createServer()
let closed = ''
beforeAll(async () => {
  closed = await listen(gone)
  await new Promise((resolve) => gone.close(resolve))
})

describe.each(ways)('over $way it is told', ({ tls, debvisor }) => {
  const own = (port: string, ...more: string[]) => [port, tls, 'localhost', '127.0.0.1', ...more]
  let port = ''
  beforeAll(async () => {
    port = await listen(debvisor)
  })
  afterAll(() => debvisor.close())

  it('what DebVisor answers, without the times', async () => {
    const { stdout } = await ask('debvisor/http-answers.pl', [
      ...own(port, '/api/health', '/', '/api/status', '/none', '/'),
    ])
    expect(stdout.replaceAll(/\t\d+\t(?=[a-z-])/g, '\tMS\t')).toBe(
      `/api/health	200	MS	application/json {"ok": true}
/	200	MS	text/html <script src="/js/socket.io.min.js"></script>
/api/status	500	MS	text/plain broken
/none	404	MS	- 
`,
    )
    const refused = await ask('debvisor/http-answers.pl', own(closed, '/api/health', '/'))
    expect(refused.stdout).toMatch(/^\/api\/health\t0\t\d+\tconnect: Connection refused\n$/)
  })

  it('whether Socket.IO answers at its own port', async () => {
    const { stdout } = await ask('nginx/socketio-handshake.pl', own(port, '/socket.io/'))
    expect(stdout).toMatch(/^ws\t101\t\npoll\t200\t.*"sid":"abc-1"/)
    const refused = await ask('nginx/socketio-handshake.pl', own(closed, '/socket.io/'))
    expect(refused.stdout).toBe('ws\t0\tconnect: Connection refused\n=== end\n')
  })

  it.each(['nginx/socketio-handshake.pl', 'nginx/socketio-through-nginx.pl'])(
    'whether browsers would take the answer to the handshake (%s)',
    async (script) => {
      const handshakeAt = async (path: string) => {
        const through = [port, tls, path, '127.0.0.1', port, tls, 'host1', 'http://host1']
        const { stdout } = await ask(script, script.includes('through') ? through : own(port, path))
        return stdout.split('\n')[0]
      }
      expect(await handshakeAt('/socket.io/')).toMatch(/\t101\t$/)
      expect(await handshakeAt('/none/')).toMatch(/\t101\tSec-WebSocket-Accept is missing$/)
      expect(await handshakeAt('/typing-error/')).toMatch(/\t101\tSec-WebSocket-Accept is \S{28}$/)
    },
  )

  it('whether it answers through nginx', async () => {
    const through = [port, tls, '/socket.io/', '127.0.0.1', port, tls, 'host1', 'http://host1']
    const { stdout } = await ask('nginx/socketio-through-nginx.pl', through)
    expect(stdout.split('\n').map((line) => line.split('\t').slice(0, 4).join(' '))).toEqual([
      'nginx ws - 101',
      'nginx ws http://host1 101',
      'nginx poll - 200',
      'nginx poll2 - 200',
      'direct ws - 101',
      'direct ws http://host1 101',
      '=== end',
      '',
    ])
    through[2] = '/two-workers/'
    const shared = await ask('nginx/socketio-through-nginx.pl', through)
    expect(shared.stdout).toContain('direct\tpoll2\t-\t400\t"Invalid session abc-1"\n=== end\n')
    through[2] = '/socket.io/'
    through[4] = closed
    const silent = await ask('nginx/socketio-through-nginx.pl', through)
    expect(silent.stdout.split('\n')[0]).toBe('nginx\tws\t-\t0\tconnect: Connection refused')
    expect(silent.stdout).not.toContain('nginx\tpoll')
  })

  it('what the API says of caching', async () => {
    const { stdout } = await ask('nginx/api-caching.pl', own(port, '/api/health'))
    expect(stdout).toBe('status=200\ncontrol=no-store\ncookie=no\n=== end\n')
    expect(await ask('nginx/api-caching.pl', own(closed, '/'))).toMatchObject({ status: 77, stdout: '' })
  })

  it('whether the old protocol is answered, and which version is served', async () => {
    const { stdout } = await ask('socketio/old-protocol.pl', own(port, '/socket.io/'))
    expect(stdout).toBe('status=400\nnote={"code":5,"message":"Unsupported protocol version"}\n')
    expect(await ask('socketio/old-protocol.pl', own(closed, '/socket.io/'))).toMatchObject({ status: 77 })
    const served = await ask('socketio/versions.sh', ['/none', ...own(port, '/socket.io/')])
    expect(served.stdout).toContain('client\tserved\t4.7.2\t/socket.io/socket.io.js\n')
  })

  it("whether the page's script is there", async () => {
    expect((await ask('socketio/page-scripts.sh', own(port))).stdout).toBe(
      '/js/socket.io.min.js\t404\n=== end\n',
    )
  })

  it('whether a large message gets through nginx', async () => {
    const { stdout } = await ask('nginx/large-message.pl', [
      port,
      tls,
      '/none',
      '127.0.0.1',
      port,
      tls,
      'host1',
    ])
    expect(stdout).toBe('nginx\t404\t-\ndirect\t404\t-\n=== end\n')
  })

  it('how quick it is', async () => {
    const { stdout } = await ask('nginx/front-pace.pl', [
      '/none',
      '127.0.0.1',
      closed,
      port,
      tls,
      '/api/health',
    ])
    const rows = stdout.split('\n').map((line) => line.split('\t'))
    expect(
      rows.map(([via, at, , resent, , status, note]) => [via, at, resent, status, note].join(' ')),
    ).toEqual([
      ...Array(6).fill(`front ${closed} 0 0 connect: Connection refused`),
      ...Array(3).fill(`own ${port} 0 200 -`),
      '=== end    ',
      '    ',
    ])
  })

  it('what nginx answers', async () => {
    const nginx = ['127.0.0.1', port, tls, 'host1']
    const { stdout } = await ask('nginx/http-through-nginx.pl', [...nginx, '/api/health', '/none'])
    expect(stdout).toMatch(/^\/api\/health\t200\t.*\{"ok": true\}.*\n\/none\t404\t.*\n=== end\n$/)
    nginx[1] = closed
    const refused = await ask('nginx/http-through-nginx.pl', [...nginx, '/', '/x'])
    expect(refused.stdout).toBe('/\t0\tconnect: Connection refused\n=== end\n')
  })

  it('how quick it is at the front port, by the name that the site has there', async () => {
    const listens =
      tls === 'true' ? `listen [::]:${port} ssl;\n  listen ${port} http2 ssl;` : `listen ${port};`
    const site = `server {\n  ${listens}\n  server_name dash.example.com;\n  proxy_pass http://127.0.0.1:${closed};\n}\n`
    const tree = { 'etc/nginx/sites-enabled/debvisor': site }
    const args = ['$root/etc/nginx/nginx.conf', '127.0.0.1', port, closed, tls, '/by-site']
    const { stdout } = await ask('nginx/front-pace.pl', args, { tree })
    const rows = stdout.split('\n').map((line) => line.split('\t'))
    expect(rows.slice(0, 6).map(([via, , , , , status]) => `${via} ${status}`)).toEqual(
      Array(6).fill('front 404'),
    )
    expect(debvisor.asked.filter((asked) => asked === 'dash.example.com /by-site')).toHaveLength(6)
  })

  it('what it answers by the name of its site', async () => {
    await ask('debvisor/http-answers.pl', [port, tls, 'panel.example', '127.0.0.1', '/by-name'])
    expect(debvisor.asked).toContain('panel.example /by-name')
    expect(debvisor.asked).toContain(`localhost:${port} /api/health`)
  })
})

const lines: readonly Line[] = [
  [
    'the configuration with all that it includes',
    'nginx/configuration.sh',
    ['$root/etc/nginx/nginx.conf'],
    {
      tree: {
        'etc/nginx/nginx.conf': '# old\nhttp {\n  include sites-enabled/*;\n  include mime.types;\n}\n',
        'etc/nginx/sites-enabled/a': 'server { listen 80; }\n',
        'etc/nginx/mime.types': 'types {}\n',
      },
    },
    `# configuration file /etc/nginx/nginx.conf:

http {
  include sites-enabled/*;
  include mime.types;
}

# configuration file /etc/nginx/sites-enabled/a:
server { listen 80; }

`,
  ],
  [
    'the configuration to its end, however long it is',
    'nginx/configuration.sh',
    ['$root/etc/nginx/nginx.conf'],
    {
      tree: {
        'etc/nginx/nginx.conf': `http {\n${'  server_names_hash_bucket_size 64;\n'.repeat(2000)}  include sites-enabled/*;\n}\n`,
        'etc/nginx/sites-enabled/a': 'server { listen 80; }\n',
      },
    },
    /\n# configuration file \/etc\/nginx\/sites-enabled\/a:\nserver \{ listen 80; \}\n\n$/,
  ],
  [
    'what an include in quotes means',
    'nginx/configuration.sh',
    ['$root/etc/nginx/nginx.conf'],
    {
      tree: {
        'etc/nginx/nginx.conf': 'include "conf.d/*.conf";\n',
        'etc/nginx/conf.d/own.conf': 'server { listen 81; }\n',
      },
    },
    /\n# configuration file \/etc\/nginx\/conf\.d\/own\.conf:\nserver \{ listen 81; \}\n\n$/,
  ],
  [
    'sites that no include takes, and copies that are not what their site is by now',
    'nginx/site-files.pl',
    ['$root/etc/nginx/nginx.conf'],
    {
      tree: {
        'etc/nginx/nginx.conf': 'http {\n  include sites-enabled/*.conf;\n}\n',
        'etc/nginx/sites-enabled/debvisor': 'server {\n  listen 80;\n}\n',
        'etc/nginx/sites-enabled/notes.old': 'server { listen 80; }\n',
        'etc/nginx/sites-enabled/notes': 'not of nginx\n',
        'etc/nginx/sites-enabled/a.conf':
          'server {\n  # of May\n  gzip on;\n  proxy_pass http://127.0.0.1:8080;\n}\n',
        'etc/nginx/sites-available/a.conf': 'server {\n  gzip off;\n  proxy_pass http://127.0.0.1:8085;\n}\n',
        'etc/nginx/sites-enabled/same.conf': '# a copy\nserver { listen 81; }\n',
        'etc/nginx/sites-available/same.conf': 'server { listen 81; }\n',
        'etc/nginx/conf.d/up.conf': 'upstream a { server 127.0.0.1:1; }\n',
      },
    },
    `left-out\t/etc/nginx/sites-enabled/debvisor\t/etc/nginx/nginx.conf:2\tsites-enabled/*.conf\t-\t-
left-out\t/etc/nginx/conf.d/up.conf\t-\t-\t-\t-
copy\t/etc/nginx/sites-enabled/a.conf\t/etc/nginx/sites-available/a.conf\t/etc/nginx/sites-enabled/a.conf:4\tproxy_pass http://127.0.0.1:8080;\tproxy_pass http://127.0.0.1:8085;
=== end
`,
  ],
  [
    'a site whose name begins as those of tables of names',
    'nginx/configuration.sh',
    ['$root/etc/nginx/nginx.conf'],
    {
      tree: {
        'etc/nginx/nginx.conf': 'include conf.d/*.conf;\ninclude fastcgi_params;\ninclude fastcgi.conf;\n',
        'etc/nginx/conf.d/fastcgi-app.conf': 'server { listen 81; }\n',
        'etc/nginx/fastcgi_params': 'fastcgi_param A a;\n',
        'etc/nginx/fastcgi.conf': 'fastcgi_param B b;\n',
      },
    },
    /^# configuration file \/etc\/nginx\/nginx\.conf:\n[^#]*\n# configuration file \/etc\/nginx\/conf\.d\/fastcgi-app\.conf:\nserver \{ listen 81; \}\n\n$/,
  ],
  [
    'when it was read, and what was changed since',
    'nginx/last-reload.sh',
    ['$root/etc/nginx/nginx.conf'],
    {
      tree: {
        'etc/nginx/nginx.conf': 'events {}\n',
        'proc/uptime': '1000.00 9\n',
        'proc/41/stat': `41 (nginx) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 90000 0 50\n`,
        'proc/41/cmdline': 'nginx: worker process',
        'proc/40/stat': `40 (nginx) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 50\n`,
        'proc/40/cmdline': 'nginx: master process /usr/sbin/nginx',
      },
    },
    /^worker=100\.\d\d\nchanged=\d+\.\d\d\nfile=\/etc\/nginx\S*\n$/,
  ],
  [
    'its log and its journal',
    'nginx/log.sh',
    ['$root/var/log/nginx/error.log', 'nginx'],
    {
      tree: { 'var/log/nginx/error.log': '2026/11/25 19:05:00 [error] 7#7: *1 connect() failed\n' },
      programs: {
        journalctl: `[ "$1" = -q ] || exit 0\necho '2026-11-25T19:05:01+0000 host1 systemd[1]: Started nginx.'`,
      },
    },
    /^now=\d+ zone=\+0000\n2026\/11\/25 19:05:00 \[error\] 7#7: \*1 connect\(\) failed\n2026-11-25T19:05:01\+0000 systemd\[1\]: Started nginx\.\n$/,
  ],
  [
    'the log of each of its servers too, and none that is commented out',
    'nginx/log.sh',
    ['$root/var/log/nginx/error.log', 'nginx'],
    {
      tree: {
        'etc/nginx/nginx.conf':
          'error_log $root/var/log/nginx/error.log;\n# error_log $root/var/log/old.log;\n',
        'etc/nginx/sites-enabled/panel':
          'server {\n  location / { error_log "$root/var/log/nginx/panel-error.log" warn; }\n  error_log stderr;\n}\n',
        'var/log/nginx/error.log': '2026/11/25 19:05:00 [error] 7#7: *1 first\n',
        'var/log/nginx/panel-error.log': '2026/11/25 19:04:00 [error] 7#7: *1 second\n',
        'var/log/old.log': '2026/11/25 19:04:00 [error] 7#7: *1 never\n',
      },
      programs: { journalctl: 'exit 0' },
    },
    /^now=\d+ zone=\+0000\n2026\/11\/25 19:04:00 .* second\n2026\/11\/25 19:05:00 .* first\n$/,
  ],
  [
    'which networks its unit is kept from',
    'nginx/unit-network-rules.sh',
    ['nginx'],
    {
      tree: {
        'lib/nginx.service': '[Service]\nExecStart=/usr/sbin/nginx\n',
        'etc/deny.conf': '[Service]\n  IPAddressDeny=127.0.0.0/8\nIPAddressAllow=\n',
      },
      programs: { systemctl: 'echo "$root/lib/nginx.service"; echo "$root/etc/deny.conf $root/none.conf"' },
    },
    '/etc/deny.conf:2\tIPAddressDeny=127.0.0.0/8\n=== end\n',
  ],
  [
    'which networks its unit is kept from, by a file whose name sed would read as a command',
    'nginx/unit-network-rules.sh',
    ['nginx'],
    {
      tree: { 'etc/a&b|c\\1.conf': '[Service]\n  IPAddressDeny=a:b\n' },
      programs: { systemctl: String.raw`printf '%s\n' "$root/etc/a&b|c\1.conf"` },
    },
    '/etc/a&b|c\\1.conf:2\tIPAddressDeny=a:b\n=== end\n',
  ],
  [
    'whether a worker may write where it keeps large messages',
    'nginx/temporary-folder.pl',
    ['$root/lib/nginx/body/0001'],
    {
      tree: {
        'lib/nginx/body/other': '',
        'proc/7/cmdline': 'nginx: worker process',
        'proc/7/status': 'Name:\tnginx\nUid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\nGroups:\t1 \n',
      },
      programs: {
        df: "echo 'Filesystem 1024-blocks Used Available Capacity Mounted'; echo '/dev/vda 100 40 60 40% /'",
      },
    },
    /\n\/lib\/nginx\t0755\t[\w-]+\t[\w-]+\tyes\n\/lib\/nginx\/body\t0755\t[\w-]+\t[\w-]+\tno\n\/lib\/nginx\/body\t40\tdaemon\t-\tworker\n=== end\n$/,
  ],
  [
    'how long the certificate is valid',
    'nginx/certificate.sh',
    ['host1'],
    {
      programs: {
        openssl: `case $1 in x509) cat >/dev/null; echo 'notAfter=Jan  1 00:00:00 2100 GMT'; echo 'subject=CN = host1' ;; esac`,
        date: 'case $* in *-d*) echo 5000 ;; *) echo 2000 ;; esac',
      },
    },
    'notAfter=Jan  1 00:00:00 2100 GMT\nsubject=CN = host1\nleft=3000\n',
  ],
]

describe('of nginx it is told', () => {
  it.concurrent.each(lines)('%s (%s)', async (...line) => expectLine(line))

  it('which limit_rate stands in its configuration', async () => {
    const { status, stdout, stderr } = await ask('nginx/rate-limits.sh', [], {
      tree: {
        'etc/nginx/nginx.conf': 'http { # limit_rate 1;\n}\n',
        'etc/nginx/sites-enabled/a':
          'server {\n  location /api {\n    limit_rate\n      8k;\n  }\n  limit_rate 2m;\n}\n',
        'etc/nginx/sites-enabled/b': '# limit_rate 1;\nset $secret 1;\n',
      },
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).not.toContain('secret')
    expect(evidenceOf('performance', 'front_limits', stdout).rows).toEqual([
      { place: '/etc/nginx/sites-enabled/a:3', bytes: 8192n, location: '/api' },
      { place: '/etc/nginx/sites-enabled/a:6', bytes: 2097152n, location: '-' },
    ])
  })

  it('nothing where no worker runs', async () => {
    const tree = { 'proc/7/cmdline': 'other' }
    expect(await ask('nginx/temporary-folder.pl', ['/x/y'], { tree })).toMatchObject({
      status: 69,
      stdout: '',
    })
  })

  it('nothing of a certificate that is not shown', async () => {
    const programs = { openssl: 'exit 1' }
    expect(await ask('nginx/certificate.sh', ['host1'], { programs })).toMatchObject({
      status: 77,
      stdout: '',
    })
  })
})

describe('packed copies', () => {
  it('are told where they are older than their file, and unlike it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'packed'))
    const put = (name: string, content: string | Uint8Array, at: number): void => {
      writeFileSync(join(folder, name), content)
      utimesSync(join(folder, name), at, at)
    }
    const [old, now] = [1_700_000_000, 1_700_000_600]
    put('stale.js', 'new', now)
    put('stale.js.gz', gzipSync('old'), old)
    put('same.js', 'new', now)
    put('same.js.gz', gzipSync('new'), old)
    put('later.js', 'new', old)
    put('later.js.gz', gzipSync('other'), now)
    put('alone.tar.gz', gzipSync('backup'), old)
    put('broken.css', 'new', now)
    put('broken.css.gz', 'no archive', old)
    const { status, stdout, stderr } = await ask('nginx/packed-files.sh', [folder])
    rmSync(folder, { recursive: true })
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `600\t${folder}/stale.js.gz\n=== end\n`,
      stderr: '',
    })
  })

  it('are none in a folder that is not there', async () => {
    expect(await ask('nginx/packed-files.sh', ['/none/there'])).toMatchObject({
      status: 0,
      stdout: '=== end\n',
    })
  })
})
