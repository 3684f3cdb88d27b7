import { expect, it } from 'vitest'
import { ask } from './ask.ts'

it('tells the way to PostgreSQL, and of the rules those alone that not each host has', async () => {
  const programs = {
    getent: "printf '127.0.0.1 STREAM localhost\\n127.0.0.1 DGRAM\\n'",
    ip: `case "$*" in
  'route get 127.0.0.1 ipproto tcp dport 5432') echo 'RTNETLINK answers: Network is unreachable' >&2; exit 2 ;;
  '-4 rule show') printf '50:\\tfrom all ipproto tcp dport 5432 unreachable\\n32766:\\tfrom all lookup main\\n' ;;
  '-6 rule show') printf '0:\\tfrom all lookup local\\n32766:\\tfrom all lookup main\\n' ;;
  '-4 route show table all') printf 'default via 10.0.0.1 dev eth0\\nblackhole 10.9.0.0/16\\n' ;;
esac`,
  }
  const { status, stdout, stderr } = await ask('postgresql/routes.sh', ['localhost', '5432'], { programs })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toBe(`way\t127.0.0.1\tRTNETLINK answers: Network is unreachable
rule\t4\t50: from all ipproto tcp dport 5432 unreachable
barrier\t4\tblackhole 10.9.0.0/16
=== end
`)
})
