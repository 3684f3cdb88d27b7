import { expect, it } from 'vitest'
import { ask } from './ask.ts'

it('tells how costly the password files of nginx are, and never what is in them', async () => {
  const tree = {
    'etc/nginx/nginx.conf': 'http {\n  # auth_basic_user_file /etc/nginx/old;\n}\n',
    'etc/nginx/sites-enabled/site': `location /reports/ {
  auth_basic_user_file $root/etc/nginx/reports.htpasswd;
}
location /plain/ {
  auth_basic_user_file plain.htpasswd;
}
location /slow/ {
  auth_basic_user_file $root/etc/nginx/slow.htpasswd;
}
`,
    'etc/nginx/reports.htpasswd': 'anna:$apr1$x$y\nreports:$6$rounds=4000000$salt$hash\n',
    'etc/nginx/plain.htpasswd': 'anna:$2y$10$saltandhash\nbert:$6$salt$hash\n',
    'etc/nginx/slow.htpasswd': 'anna:$2y$15$saltandhash\n',
  }
  const { status, stdout, stderr } = await ask('nginx/password-files.pl', [], { tree })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(
    stdout,
  ).toBe(`/etc/nginx/sites-enabled/site:2\t/reports/\t/etc/nginx/reports.htpasswd\trounds=4000000\t1
/etc/nginx/sites-enabled/site:5\t/plain/\t/etc/nginx/plain.htpasswd\tbcrypt cost 10\t0
/etc/nginx/sites-enabled/site:8\t/slow/\t/etc/nginx/slow.htpasswd\tbcrypt cost 15\t1
=== end
`)
})
