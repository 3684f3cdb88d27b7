import { describe, expect, it } from 'vitest'
import { mostRelatedFirst } from '../../../src/engine/suspects/related-changes.ts'
import type { Change } from '../../../src/findings/recent-changes.ts'
import { difference, error, suspicion, symptom, type Told } from './sample-trouble.ts'

const change = (kind: Change['kind'], name: string, age: number): Change => ({ kind, name, at: '13:58', age })
const fonts = change('package', 'fonts-dejavu-core 2.37-6', 20)
const nginx = change('package', 'nginx 1.22.1-9+deb12u9', 4_000)
const site = change('file', '/etc/nginx/sites-enabled/shop', 3_000)
const restarted = change('unit', 'nginx.service active', 2_000)
const skeleton = change('file', '/etc/profile.d/greet.sh', 30)

const since = { kind: 'day', seconds: 86_400 } as const
/** Names in the order in which they are told, with a bar before those that have nothing to do with it. */
const told = (trouble: Told, ...items: readonly Change[]): string => {
  const { findings = [], unexplained = [] } = trouble
  const { ranked } = suspicion(trouble)
  const { related = 0, ...changed } = mostRelatedFirst({ since, items }, { findings, unexplained, ranked })
  const names = changed.items.map(({ name }) => name.split(' ')[0])
  return [...names.slice(0, related), '|', ...names.slice(related)].join(' ')
}

describe('what was changed in the last day', () => {
  it('is told by what it has to do with what is wrong, and not by its time alone', () => {
    const trouble = { findings: [symptom('nginx.odd')] }
    expect(told(trouble, fonts, skeleton, restarted, site, nginx)).toBe(
      'nginx.service /etc/nginx/sites-enabled/shop nginx | /etc/profile.d/greet.sh fonts-dejavu-core',
    )
  })

  it('begins with what the errors name', () => {
    const trouble = { unexplained: [error('nginx', `open() ${site.name} failed`)] }
    expect(told(trouble, restarted, site)).toMatch(/^\/etc\/nginx\/sites-enabled\/shop nginx/)
  })

  it('begins with what changed just before the first error, and not with what came after it', () => {
    const trouble = { unexplained: [error('nginx', 'it broke', { first: 300 })] }
    const [before, after] = [change('file', '/etc/nginx/a', 320), change('file', '/etc/nginx/b', 100)]
    expect(told(trouble, after, site, before)).toBe(
      '/etc/nginx/a /etc/nginx/sites-enabled/shop | /etc/nginx/b',
    )
  })

  it('counts a package of fonts as apart, even where it came just before the first error', () => {
    const trouble = { unexplained: [error('PostgreSQL', 'it broke', { first: 10 })] }
    expect(told(trouble, fonts, change('package', 'vim 9', 12), change('package', 'libpq5 15', 30))).toBe(
      'libpq5 | vim fonts-dejavu-core',
    )
  })

  it('counts a file by what the comparison with the last healthy run says of its lines', () => {
    const line = difference('line', '/etc/security/x.conf:3', { was: '', now: 'bolt_limit 3' })
    const trouble = { findings: [symptom('nginx.odd', { detail: 'over its bolt_limit' })] }
    const { ranked } = suspicion(trouble, line)
    const items = [site, change('file', '/etc/security/x.conf', 900)]
    const first = mostRelatedFirst({ since, items }, { findings: trouble.findings, unexplained: [], ranked })
    expect(first.items[0]?.name).toBe('/etc/security/x.conf')
  })

  it('stays the newest first where nothing is wrong', () => {
    const changed = { since, items: [fonts, nginx] }
    expect(mostRelatedFirst(changed, { findings: [], unexplained: [], ranked: [] })).toBe(changed)
    const notice = symptom('nginx.odd', { role: 'notice' })
    expect(mostRelatedFirst(changed, { findings: [notice], unexplained: [], ranked: [] })).toBe(changed)
  })
})
