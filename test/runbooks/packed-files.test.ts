import { describe, expect, it } from 'vitest'
import { type Changes, causes, denied, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const config = (location: string): string =>
  (healthy.nginx_config ?? '').replace(
    /( {4}location )/,
    `    location /static/ {\n${location}        root /opt/debvisor/web;\n    }\n$1`,
  )
const packed = '2592000\t/opt/debvisor/web/static/dashboard.js.gz\n'
const judged = (packed_files: Changes[string], location = '        gzip_static on;\n') =>
  diagnose('websocket', { changes: { nginx_config: config(location), packed_files } })
const id = 'nginx.packed-stale'

describe('a packed copy that nginx serves in place of a file', () => {
  it('is told where it is of an older release', () => {
    const report = judged(packed)
    expect(causes(report)).toEqual([id])
    const { subject, detail, resolution } = finding(report, id)
    expect(subject).toBe('/opt/debvisor/web/static/dashboard.js.gz')
    expect(detail).toMatch(/^gzip_static at \S+:\d+ gives every browser/)
    expect(resolution[0]).toContain('gzip -9kf /opt/debvisor/web/static/dashboard.js;')
  })

  it('is none where all copies hold what their files do', () => {
    expect(judged('')).toMatchObject({ verdict: 'healthy' })
  })

  it.each([
    ['is turned off', '        gzip_static off;\n'],
    ['is not there: nginx packs by itself', '        gzip on;\n'],
  ])('is not looked for where gzip_static %s', (_, location) => {
    expect(judged(packed, location)).toMatchObject({ verdict: 'healthy' })
  })

  it('is not known to be good where the folder is closed', () => {
    const report = judged(denied)
    expect(causes(report)).toEqual([])
    expect(report.ruledOut.map((one) => one.id)).not.toContain(id)
  })
})
