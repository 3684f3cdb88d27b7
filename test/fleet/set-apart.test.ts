import { describe, expect, it } from 'vitest'
import { FleetFacts } from '../../src/fleet/set-apart.ts'
import type { Snapshot } from '../../src/snapshots/snapshot.ts'
import { ill, well } from './outcomes.ts'

const fact = (area: string, key: string, value: string, number = '') =>
  [area, key, number, '', value].join('\t')
const lines = (path: string, text: string) =>
  text.split('\n').map((line, at) => fact('line', path, line, String(at + 1)))

const snapshot = (facts: readonly string[], { whole = true } = {}): Snapshot => ({
  at: 1_795_000_000,
  answers: { files: [...facts, ...(whole ? [fact('end', '', '')] : [])] },
})

const bad = ['bad1', 'bad2', 'bad3']
const good = ['good1', 'good2', 'good3', 'good4']

function between(of: (host: string) => readonly string[], whole: (host: string) => boolean = () => true) {
  const facts = new FleetFacts()
  for (const host of [...bad, ...good]) facts.add(host, snapshot(of(host), { whole: whole(host) }))
  return facts.between(
    bad.map((host) => ill(host)),
    good.map(well),
  )
}
const isBad = (host: string) => host.startsWith('bad')

describe('what sets hosts in trouble apart from those that are well', () => {
  it('is what they have otherwise, with how many of each kind', async () => {
    const apart = await between((host) => [
      fact('package', 'libpq5', isBad(host) ? '15.9' : '15.8'),
      fact('package', 'nginx', '1.22'),
    ])
    expect(apart).toEqual([
      {
        area: 'package',
        object: 'libpq5',
        has: '15.9',
        instead: '15.8',
        bad: { have: 3, of: 3 },
        good: { have: 0, of: 4 },
      },
    ])
  })

  it('need not be on all of them, and may be on one that is well', async () => {
    const newer = new Set(['bad1', 'bad2', 'good4'])
    const [first] = await between((host) => [fact('package', 'libpq5', newer.has(host) ? '15.9' : '15.8')])
    expect(first).toBeUndefined()
    const [most] = await between((host) => [
      fact('package', 'libpq5', newer.has(host) || host === 'bad3' ? '15.9' : '15.8'),
    ])
    expect(most).toMatchObject({ has: '15.9', bad: { have: 3, of: 3 }, good: { have: 1, of: 4 } })
  })

  it('is told where something is not there, too', async () => {
    const apart = await between((host) => [
      fact('package', 'nginx', '1.22'),
      ...(isBad(host) ? [] : [fact('package', 'logrotate', '3.21')]),
    ])
    expect(apart).toMatchObject([{ object: 'logrotate', has: '', instead: '3.21' }])
  })

  it('is the line of a file, wherever it stands in it, with the one that it took the place of', async () => {
    const apart = await between((host) => [
      ...lines('/etc/nginx/nginx.conf', host === 'good2' ? '# ours\nuser www-data;' : 'user www-data;'),
      ...lines(
        '/etc/nginx/conf.d/limits.conf',
        isBad(host) ? 'worker_connections 16;' : 'worker_connections 768;',
      ),
    ])
    expect(apart).toMatchObject([
      {
        area: 'line',
        object: '/etc/nginx/conf.d/limits.conf',
        has: 'worker_connections 16;',
        instead: 'worker_connections 768;',
      },
    ])
  })

  it('is nothing that each host has of its own', async () => {
    const apart = await between((host) => [
      fact('host', 'name', host),
      fact('address', `eth0 10.0.0.${host.at(-1)}/24`, ''),
      fact('line', '/etc/debvisor/config.yaml', `listen: ${host}`, '1'),
    ])
    expect(apart).toEqual([])
  })

  it('is not what a look could not see', async () => {
    const seen = (host: string) => (isBad(host) ? [] : [fact('package', 'logrotate', '3.21')])
    expect(await between(seen, (host) => !isBad(host))).toEqual([])
    const hidden = (host: string) =>
      isBad(host)
        ? [fact('unseen', 'file', '/etc/ssl: permission denied')]
        : [fact('file', '/etc/ssl/site', 'root:root 0644 file')]
    expect(await between(hidden)).toEqual([])
  })

  it('is something that the others have otherwise: of many values it is told beside the most common other one', async () => {
    const versions = new Map([
      ...bad.map((host) => [host, 'X'] as const),
      ['good1', 'X'],
      ['good2', 'A'],
      ['good3', 'A'],
      ['good4', 'B'],
    ])
    expect(await between((host) => [fact('package', 'p', versions.get(host) ?? '')])).toMatchObject([
      { has: 'X', instead: 'A', bad: { have: 3, of: 3 }, good: { have: 1, of: 4 } },
    ])
  })

  it('explains many of the hosts in trouble: what is known of one of them alone is not told', async () => {
    const facts = new FleetFacts()
    for (const host of [...bad, ...good])
      facts.add(host, {
        at: 1,
        answers: {
          files: [fact('package', 'q', isBad(host) ? 'new' : 'old'), fact('end', '', '')],
          ...(host === 'bad2' || host === 'bad3'
            ? {}
            : { kernel: [fact('sysctl', 'odd', isBad(host) ? '1' : '0'), fact('end', '', '')] }),
        },
      })
    const apart = await facts.between(
      bad.map((host) => ill(host)),
      good.map(well),
    )
    expect(apart.map(({ object }) => object)).toEqual(['q'])
  })

  it('joins lines of a file only where the same hosts have them', async () => {
    const apart = await between((host) =>
      lines(
        '/etc/app.conf',
        [
          'common',
          ...(host === 'bad1' || host === 'bad2' ? ['alpha 1'] : []),
          ...(host === 'bad2' || host === 'bad3' ? ['beta 2'] : []),
        ].join('\n'),
      ),
    )
    expect(apart.map(({ has }) => has).sort()).toEqual(['alpha 1', 'beta 2'])
  })

  it('is told of no single host that is well: all that is its own would count', async () => {
    const facts = new FleetFacts()
    facts.add('bad1', snapshot([fact('package', 'libpq5', '15.9')]))
    facts.add('good1', snapshot([fact('package', 'libpq5', '15.8')]))
    expect(await facts.between([ill('bad1')], [well('good1')])).toEqual([])
  })

  it('among equals begins with what has to do with what is wrong', async () => {
    const facts = new FleetFacts()
    for (const host of [...bad, ...good])
      facts.add(
        host,
        snapshot([
          fact('sysctl', 'kernel.printk', isBad(host) ? '4' : '7'),
          fact('package', 'logrotate', isBad(host) ? '3.20' : '3.21'),
          fact('sysctl', 'net.core.somaxconn', isBad(host) ? '8' : '4096'),
        ]),
      )
    const [first] = await facts.between(
      bad.map((host) => ill(host, { detail: 'the backlog is full: net.core.somaxconn is 8' })),
      good.map(well),
    )
    expect(first).toMatchObject({ object: 'net.core.somaxconn', has: '8' })
  })
})
