import { describe, expect, it } from 'vitest'
import { KEPT_BYTES } from '../../../src/ssh/outcome.ts'
import { ask, type World } from './ask.ts'

const script = 'snapshot/system.sh'
const said = (text: string) => `cat <<'SAID'\n${text}\nSAID`

const show = `Id=debvisor.service
LoadState=loaded
UnitFileState=enabled
ActiveState=active
NeedDaemonReload=yes
ActiveEnterTimestamp=Tue 2023-11-14 22:13:20 UTC
Wants=b.service a.service
Environment=DB_PASSWORD=correct-horse MODE=fast
MemoryMax=12582912
ExecStart={ path=/usr/bin/python3 ; argv[]=/usr/bin/python3 /opt/debvisor/app.py ; ignore_errors=no ; start_time=[n/a] ; pid=77 }

Id=backup.service
LoadState=loaded
UnitFileState=static
ActiveState=failed
SubState=failed
Result=exit-code
NeedDaemonReload=no`

/** What the programs of a host say; `more` in place of some of them. */
const host = (more: Readonly<Record<string, string>> = {}): World => ({
  tree: { 'var/lib/dpkg/none': '', 'usr/sbin/none': '', 'sbin/none': '' },
  programs: {
    systemctl: `case $1 in
  list-units) echo 'debvisor.service loaded active running DebVisor'; echo 'backup.service loaded failed failed Backup' ;;
  show) ${said(show)}
  ;;
esac`,
    ss: "echo 'tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*'; echo 'udp UNCONN 0 0 0.0.0.0:40123 0.0.0.0:*'",
    ps: said(
      '1 900 root nginx\n2 900 root kworker/0:1\n7 900 www-data nginx\n7 900 www-data nginx\n7 3 app young',
    ),
    ip: `case $* in
  '-o link') echo '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN' ;;
  '-o addr') echo '2: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global dynamic eth0\\       valid_lft 86000sec' ;;
  'route' | '-6 route') echo 'default via 192.0.2.1 dev eth0' ;;
esac`,
    nft: `echo 'nft: Operation not permitted' >&2; exit 1`,
    'dpkg-query':
      "printf 'nginx\\tinstalled\\t1.22.1-9\\nlibssl3:amd64\\tinstalled\\t3.0.1\\nold\\tconfig-files\\t1\\n'",
    ...more,
  },
})

async function facts(world: World) {
  const { status, stdout, stderr } = await ask(script, ['debvisor'], world)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  const of = (...areas: string[]) =>
    lines.map((line) => line.split('\t')).filter(([area = '']) => areas.includes(area))
  return { stdout, lines, of }
}

describe('the system of a snapshot', () => {
  it('has units with their state, and of the platform what is set, without values of the environment', async () => {
    const { of, stdout } = await facts(host())
    expect(of('unit').map(([, key, number, , value]) => [key, number, value])).toEqual([
      ['debvisor.service', '1700000000', 'enabled active need-daemon-reload'],
      ['debvisor.service ExecStart', '', '/usr/bin/python3 /opt/debvisor/app.py'],
      ['debvisor.service Environment', '', 'DB_PASSWORD MODE'],
      ['debvisor.service Wants', '', 'a.service b.service'],
      ['debvisor.service MemoryMax', '', '12582912'],
      ['backup.service', '', 'static failed(failed exit-code)'],
    ])
    expect(stdout).not.toContain('correct-horse')
  })

  it('has listeners, processes by count, addresses, routes and packages, and nothing that runs out by itself', async () => {
    const { of } = await facts(host())
    const told = of('listener', 'process', 'address', 'route', 'package')
    expect(told.map(([area, key, , , value]) => `${area} ${key}: ${value}`)).toEqual([
      'listener tcp 0.0.0.0:80: LISTEN backlog 511',
      'process root nginx: 1',
      'process www-data nginx: 2 to 5',
      'address lo: link LOOPBACK,LOWER_UP,UP mtu 65536 qdisc noqueue state UNKNOWN',
      'address eth0 192.0.2.2/24: inet scope global',
      'route 4 default: via 192.0.2.1 dev eth0',
      'route 6 default: via 192.0.2.1 dev eth0',
      'package nginx: 1.22.1-9',
      'package old: 1 (config-files)',
      'package libssl3:amd64: 3.0.1',
    ])
  })

  it('says which areas it did not see where a program fails', async () => {
    const { of, lines } = await facts(host({ systemctl: 'exit 1', ss: 'exit 3' }))
    expect(of('unseen').map(([, area, , , why]) => `${area}${why}`)).toEqual([
      'unit: systemctl: status 1',
      'listener: ss: status 3',
      'firewall: nft: status 1',
    ])
    expect(lines.at(-1)).toBe('end\t\t\t\tsystem')
  })

  it('has the rules of the firewall where the login may list them, without their counters', async () => {
    const rules = (packets: number) => `table inet filter {
  set banned { type ipv4_addr; flags timeout; elements = { 192.0.2.9 expires ${packets}s } }
  chain input {
    type filter hook input priority filter; policy drop;
    tcp dport 80 counter packets ${packets} bytes 900 accept
    ip saddr 192.0.2.0/24 jump office
  }
  chain f2b-sshd {
    ip saddr 192.0.2.${packets} drop
  }
}`
    const told = async (packets: number) =>
      (await facts(host({ nft: said(rules(packets)) })))
        .of('firewall')
        .map(([, key, , , value]) => [key, value])
    expect(await told(7)).toEqual([
      ['inet filter input', 'type filter hook input priority filter; policy drop;'],
      ['inet filter input ip saddr 192.0.2.0/24', 'jump office'],
      ['inet filter input tcp dport 80', 'accept'],
    ])
    expect(await told(8)).toEqual(await told(7))
  })

  it('is within the bytes of a probe where there are 5,000 packages, and says which it left out', async () => {
    const many = `i=0; while [ $i -lt 5000 ]; do printf 'package-with-a-name-%s\\tinstalled\\t1.0\\n' $i; i=$((i+1)); done`
    const { stdout, of, lines } = await facts(host({ 'dpkg-query': many }))
    expect(Buffer.byteLength(stdout)).toBeLessThan(KEPT_BYTES)
    expect(of('unseen').map(([, area, , , why]) => `${area} ${why}`)).toEqual([
      'firewall : nft: status 1',
      'package p: no room left',
    ])
    expect(lines.at(-1)).toBe('end\t\t\t\tsystem')
  })

  it('is the same twice', async () => {
    // The processes are those of the machine that runs the tests: others begin and end on it.
    const quiet = async () =>
      (await facts(host())).lines.filter((line) => !/^(host\tnow|process)\t/.test(line))
    expect(await quiet()).toEqual(await quiet())
  })
})
