import { describe, expect, it } from 'vitest'
import { ask, type World } from './ask.ts'

const script = 'snapshot/packages.sh'
const systemctl = `cat <<'END'
FragmentPath=/lib/systemd/system/nginx.service
ExecStart={ path=/usr/sbin/nginx ; argv[]=/usr/sbin/nginx -g daemon on; ; ignore_errors=no }

FragmentPath=/etc/systemd/system/debvisor.service
ExecStart={ path=/usr/bin/python3 ; argv[]=/usr/bin/python3 app.py ; ignore_errors=no }
END`
/** dpkg-query(1): `-S` names the owners, `-W` the packages that are installed. */
const dpkgQuery = `case $1 in
-S) for path; do case $path in
  /lib/systemd/system/nginx.service|/etc/nginx/*) echo "nginx-common: $path";;
  /usr/sbin/nginx) echo "nginx-core:amd64: $path"; echo "diversion by x from: $path";;
  /usr/bin/python3) echo "python3-minimal: $path";;
  -S) ;;
  *) echo "dpkg-query: no path found matching pattern $path" >&2; false;; esac; done;;
*) printf 'nginx-common installed\\npostgresql-15 installed\\npostgresql-13 config-files\\n';; esac`

const facts = async (verify: string, programs: World['programs'] = {}) => {
  const said = await ask(script, ['debvisor'], {
    programs: { systemctl, 'dpkg-query': dpkgQuery, dpkg: verify, ...programs },
  })
  expect(said).toMatchObject({ status: 0, stderr: '' })
  const lines = said.stdout.trimEnd().split('\n')
  expect(lines.at(-1)).toBe('end\t\t\t\tpackages')
  expect(lines.filter((line) => line.startsWith('host\tnow\t'))).toHaveLength(1)
  return lines.slice(0, -1).filter((line) => !line.startsWith('host\t'))
}
/** Without the time of the inode's change. */
const plain = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .split('\t')
      .filter((_, i) => i !== 2)
      .join(' ')
      .replace(/ +/g, ' '),
  )

describe('the packages of a snapshot', () => {
  it('are told by the files that are not as in them, without documentation', async () => {
    const verify = `[ "$1" = --verify ] && shift && [ "$*" = "nginx-common nginx-core postgresql-15 python3-minimal" ] || exit 9
cat <<'END'
??5?????? c /etc/nginx/nginx.conf
??5??????   /usr/sbin/nginx
missing   c /etc/nginx/sites-available/default
missing     /usr/share/doc/nginx-common/copyright
missing     /etc/nginx/secret (Permission denied)
END
exit 1`
    expect(plain(await facts(verify))).toEqual([
      'file /etc/nginx/nginx.conf nginx-common conffile changed',
      'file /usr/sbin/nginx nginx-core file changed',
      'file /etc/nginx/sites-available/default nginx-common conffile missing',
      'unseen file /etc/nginx/secret: permission denied',
    ])
  })

  it('are told with the time at which the file changed', async () => {
    const [fact] = await facts(`echo '??5??????   /usr/bin/python3'`)
    expect(fact).toMatch(/^file\t\/usr\/bin\/python3\t\d+\t\t/)
  })

  it('are nothing where all is as it was packaged', async () => {
    expect(await facts('true')).toEqual([])
  })

  it('are as far as dpkg came within 3 seconds', async () => {
    const began = Date.now()
    expect(plain(await facts(`echo '??5??????   /usr/sbin/nginx'; exec sleep 30`))).toEqual([
      'file /usr/sbin/nginx nginx-core file changed',
      'unseen file : dpkg took more than 3 s',
    ])
    expect(Date.now() - began).toBeLessThan(8_000)
  })

  it('are at most a hundred files, and no more than it says of them', async () => {
    const all = await facts(
      `i=0; while [ $i -lt 150 ]; do i=$((i+1)); echo "??5??????   /etc/nginx/$i"; done`,
    )
    expect(all.filter((line) => line.startsWith('file\t'))).toHaveLength(100)
    expect(plain(all).at(-1)).toBe('unseen file : more than 100 differ')
  })

  it('are unseen on a host without dpkg', async () => {
    const none = { 'dpkg-query': 'exit 127' }
    expect(plain(await facts('exit 127', none))).toEqual([
      'unseen file : dpkg names no package of the platform',
    ])
  })
})
