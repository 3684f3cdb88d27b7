import { describe, expect, it } from 'vitest'
import { ask, type World } from './ask.ts'

const said = (...lines: readonly string[]): string => lines.join('\n')
const restart = (at: number, before: string) => [
  `${at}.100000 host1 ${before}`,
  `${at}.900000 host1 systemd[1]: Stopping debvisor.service - DebVisor platform...`,
  `${at + 1}.200000 host1 systemd[1]: Started debvisor.service - DebVisor platform.`,
]
const world = (journal: string, units: string, tree: World['tree'] = {}): World => ({
  tree: { 'etc/crontab': '', ...tree },
  programs: {
    journalctl: `cat <<SAID\n${journal}\nSAID`,
    who: ':',
    systemctl: `case $* in
  *'-p Id --value'*) echo debvisor.service ;;
  *'-p TriggeredBy'*) cat <<UNITS\n${units}\nUNITS\n ;;
  *'-p Paths'*) printf '%s\\n' Id=refresh.path FragmentPath=/etc/systemd/system/refresh.path 'Paths=/var/lib/debvisor/snapshot.json (PathChanged)' TriggersNothing= ;;
esac`,
  },
})
const job = (command: string) =>
  `Id=refresh.service\nExecStart={ path=x ; argv[]=${command} ; ignore_errors=no ; }\nTriggeredBy=refresh.path\nFragmentPath=/etc/systemd/system/refresh.service`
const twice = said(
  ...restart(1000, 'systemd[1]: Starting refresh.service - Takes over a snapshot...'),
  ...restart(1010, 'systemd[1]: Starting refresh.service - Takes over a snapshot...'),
)

describe('who restarts DebVisor is', () => {
  it.each<[string, World, string]>([
    [
      'the path unit whose job does, with the file that it waits for',
      world(twice, job('/usr/bin/systemctl try-restart debvisor.service')),
      'job\trefresh.service\t2\trefresh.path\t/etc/systemd/system/refresh.path\tPathChanged=/var/lib/debvisor/snapshot.json\t/usr/bin/systemctl try-restart debvisor.service\n',
    ],
    [
      'a job whose script does',
      world(twice, job('/bin/sh $root/opt/refresh.sh'), { 'opt/refresh.sh': 'systemctl restart debvisor\n' }),
      'job\trefresh.service\t2\trefresh.path\t/etc/systemd/system/refresh.path\tPathChanged=/var/lib/debvisor/snapshot.json\t/opt/refresh.sh\n',
    ],
    [
      'no job that restarts something else',
      world(twice, job('/usr/bin/systemctl restart debvisor-rpcd')),
      '',
    ],
    [
      'a line of cron, and who asks sudo',
      world(
        said(
          ...restart(1000, 'CRON[9]: (root) CMD (deploy --password hunter2; systemctl restart debvisor)'),
          '1100.5 host1 sudo[7]:    anna : TTY=pts/0 ; USER=root ; COMMAND=/usr/bin/systemctl restart debvisor',
        ),
        '',
      ),
      'person\tanna\t1\t-\t-\t-\t/usr/bin/systemctl restart debvisor\ncron\tsystemctl restart debvisor\t1\t-\t-\t-\tsystemctl restart debvisor\n',
    ],
    [
      'nobody seen, but for a script that says so, without its other lines',
      world(said(...restart(1000, 'systemd[1]: Starting man-db.service...')), '', {
        'usr/local/bin/watch.sh': '#!/bin/sh\nTOKEN=of-the-watch\nsystemctl restart debvisor\n',
      }),
      'named\t/usr/local/bin/watch.sh:3\t0\t-\t/usr/local/bin/watch.sh\t-\tsystemctl restart debvisor\n',
    ],
  ])('%s', async (_, given, says) => {
    const { status, stdout, stderr } = await ask('unit/who-restarts-it.sh', ['debvisor'], given)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(`${says}=== end\n`)
  })

  it('not said to be nobody where the journal is closed', async () => {
    const closed = { programs: { journalctl: 'echo "Hint: You are currently not seeing messages" >&2' } }
    expect(await ask('unit/who-restarts-it.sh', ['debvisor'], closed)).toMatchObject({
      status: 77,
      stdout: '',
    })
  })
})
