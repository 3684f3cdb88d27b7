import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evidenceOf, plant, runScript, scriptOf } from './scripts.ts'

const root = mkdtempSync(join(tmpdir(), 'debvisor-changes-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** As dpkg and systemctl write times: local time, here UTC. */
const ago = (seconds: number): string =>
  new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')

beforeAll(() => {
  plant(root, {
    'etc/nginx/sites-enabled/debvisor': 'server {}',
    'opt/debvisor/lib/server.py': 'x',
    'opt/debvisor/lib/__pycache__/server.pyc': 'x',
    'opt/debvisor/node_modules/left-pad/index.js': 'x',
    'opt/debvisor/.git/index': 'x',
    'opt/debvisor/logs/access.txt': 'x',
    'opt/debvisor/debvisor.log': 'x',
    'opt/debvisor/data/state.sqlite3-wal': 'x',
    'opt/debvisor/data/series/cpu.bin': 'x',
    'var/log/dpkg.log.1': `${ago(90_000)} install old:amd64 <none> 1.0\n`,
    'var/log/dpkg.log': [
      `${ago(1_200)} startup archives unpack`,
      `${ago(1_200)} upgrade nginx:amd64 1.22.1-8 1.22.1-9`,
      `${ago(1_190)} status installed nginx:amd64 1.22.1-9`,
      `${ago(600)} remove apache2:amd64 2.4.57 <none>`,
      '',
    ].join('\n'),
  })
  plant(
    join(root, 'bin'),
    {
      systemctl: `#!/bin/sh
printf 'Id=nginx.service\\nActiveState=failed\\nStateChangeTimestamp=Wed ${ago(300)} UTC\\n\\n'
printf 'Id=debvisor.service\\nActiveState=active\\nStateChangeTimestamp=Wed ${ago(200_000)} UTC\\n\\n'
printf 'Id=postgresql.service\\nActiveState=inactive\\nStateChangeTimestamp=\\n'
`,
      journalctl: `#!/bin/sh
echo '${ago(400).replace(' ', 'T')}+0000 host1 systemd[1]: Stopped nginx.service - A high performance web server.'
echo '${ago(500).replace(' ', 'T')}+0000 host1 systemd[1]: Stopped postgresql@15-main.service - PostgreSQL Cluster 15-main.'
echo '${ago(99_000).replace(' ', 'T')}+0000 host1 systemd[1]: Stopped debvisor-worker.service - Long ago.'
`,
    },
    0o755,
  )
})

/** The shipped script, its places below `root`. */
const changes = () => {
  const script = scriptOf('db', 'changes', {
    configFile: `${root}/no.yaml`,
    envFile: `${root}/no.env`,
    home: `${root}/opt/debvisor`,
  })
  const moved = script.replaceAll(/(?<=[\s;"])\/(etc|var)\//g, `${root}/$1/`)
  return evidenceOf('db', 'changes', runScript(moved, join(root, 'bin'))).rows
}

describe('the probe of what was changed', () => {
  it('names files, packages and units of the time asked for, newest first, without what comes by the thousand', () => {
    const rows = changes()
    const told = rows.map(({ kind, name }) => `${kind} ${String(name).replace(root, '')}`)
    // Both files are planted at once.
    expect(told.slice(0, 2).sort()).toEqual([
      'file /etc/nginx/sites-enabled/debvisor',
      'file /opt/debvisor/lib/server.py',
    ])
    expect(told.slice(2)).toEqual([
      'unit nginx.service failed',
      'unit postgresql@15-main.service stopped',
      'package apache2 removed',
      'package nginx 1.22.1-9',
    ])
    expect(rows.every(({ at }) => /^([0-9-]{10} )?[0-9]{2}:[0-9]{2}$/.test(String(at)))).toBe(true)
    expect(Number(rows[5]?.age)).toBeGreaterThanOrEqual(1_200)
    expect(Number(rows[5]?.age)).toBeLessThan(1_230)
  })
})
