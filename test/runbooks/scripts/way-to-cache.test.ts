import { describe, expect, it } from 'vitest'
import { ask } from './ask.ts'

const unit = (id: string, state: string, program: string): string =>
  `Id=${id}\nLoadState=loaded\nActiveState=${state}\nResult=exit-code\nExecStart={ path=${program} ; argv[]=${program} $root/etc/cache.conf --daemonize no ; ignore_errors=no ; }\n\n`
const world = (shown: string, more: Record<string, string> = {}, journal = 'exit 1') => ({
  tree: { 'srv/shown': shown, 'etc/cache.conf': 'port 6379\nlogfile $root/var/c.log\n', ...more },
  programs: { systemctl: 'sed "s|[$]root|$root|g" "$root/srv/shown"', journalctl: journal },
})
const cache = async (given: ReturnType<typeof world>, port = '6379') =>
  (await ask('debvisor/cache-unit.pl', [port], given)).stdout.replaceAll(/\/\S*(?=\/var\/c\.log)/g, '')

const start = '9:C 30 Nov 2026 19:15:30.100 * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n'
const log = `${start}9:M 30 Nov 2026 19:15:30.1 # Fatal error of an older start
${start}9:M 30 Nov 2026 19:15:30.101 # WARNING Memory overcommit must be enabled! It may fail
9:M 30 Nov 2026 19:15:30.105 # Bad file format reading the append only file a.incr.aof
9:M 30 Nov 2026 19:15:30.106 * bye
`

describe('the unit of a cache', () => {
  it('is known by its program, and says what its newest start ended with', async () => {
    const shown = `${unit('nginx.service', 'active', '/usr/sbin/nginx')}${unit('kv.service', 'failed', '/usr/bin/valkey-server')}`
    expect(await cache(world(shown, { 'var/c.log': log }))).toBe(
      'kv.service\tfailed\texit-code\t/var/c.log\tBad file format reading the append only file a.incr.aof\n=== end\n',
    )
  })

  it('says its journal where it has no file, and nothing where neither may be read', async () => {
    const shown = unit('redis-server.service', 'failed', '/usr/bin/redis-server')
    const journal =
      "echo '*** FATAL CONFIG FILE ERROR ***'; echo 'redis.service: Failed with result exit-code.'"
    expect(await cache(world(shown, {}, journal))).toContain('\tjournal\t*** FATAL CONFIG FILE ERROR ***\n')
    expect(await cache(world(shown))).toBe('redis-server.service\tfailed\texit-code\t-\t-\n=== end\n')
  })

  it('of another port is not the one that is asked for', async () => {
    const shown = unit('redis-server.service', 'failed', '/usr/bin/redis-server')
    expect(await cache(world(shown), '6400')).toBe('=== end\n')
  })
})

describe('the address of a name', () => {
  it('is told with the line that gives it, not one that is commented out', async () => {
    const said = await ask('debvisor/called-name.sh', ['rpc.internal'], {
      tree: {
        'etc/hosts': '127.0.0.1 localhost\n# 10.0.0.9 rpc.internal\n198.18.0.70 rpc RPC.internal # old\n',
      },
      programs: { getent: "printf '198.18.0.70  STREAM rpc.internal\\n198.18.0.70  DGRAM\\n'" },
    })
    expect(said.stdout).toBe('198.18.0.70\t/etc/hosts:3\n198.18.0.70\t-\n=== end\n')
  })
})
