import { describe, expect, it } from 'vitest'
import { causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const worker =
  '602\t90.0\t0.0\t3520\tR\t0\t1\t20\tnginx.service\twww-data\tuser\tnginx: worker process\t5.0\t/system.slice/nginx.service\tnginx: worker process\t2\t90.0\t2\t90.0\t0\t2\t0-1\t0\n'
const of = (cost: string, heavy: number, top = worker + healthy.top) =>
  diagnose('performance', {
    changes: {
      top,
      front_pace:
        'front\t80\t0\t0\t4002\t0\tno answer within 4 s\nfront\t80\t0\t0\t4002\t0\tno answer within 4 s\nown\t8080\t0\t0\t38\t200\t-\n',
      password_files: `/etc/nginx/sites-enabled/site:7\t/reports/\t/etc/nginx/reports.htpasswd\t${cost}\t${heavy}\n=== end\n`,
    },
  })

describe('passwords that nginx checks itself', () => {
  it.each([
    ['performance.password-hash', 'rounds=4000000', 1],
    ['performance.password-unread', 'closed', 0],
  ])('are %s while its workers take the CPU', (id, cost, heavy) => {
    const report = of(cost, heavy)
    expect(causes(report)).toContain(id)
    expect(finding(report, id).subject).toBe('/etc/nginx/reports.htpasswd')
  })

  it.each([
    ['their hashes are ordinary', of('-', 0)],
    ['its workers are idle', of('rounds=4000000', 1, healthy.top)],
  ])('are not to blame where %s', (_, report) => {
    expect(report.findings.map(({ id }) => id).join()).not.toContain('password')
  })
})
