import { describe, expect, it } from 'vitest'
import { lackChecks } from '../../src/cli/doctor/lack-checks.ts'
import { snapshotChecks } from '../../src/cli/doctor/snapshot-checks.ts'
import type { Unknown } from '../../src/findings/finding.ts'
import type { Snapshot } from '../../src/snapshots/snapshot.ts'

const lack = (probe: string, reason: string, remedy: string): Unknown => ({ probe, reason, remedy })
const checks = (...lacking: readonly Unknown[]): string[] =>
  lackChecks(lacking, 'host1').map(({ what, said, remedy }) => `${what}: ${said} → ${remedy}`)

describe('what many probes lack is told once', () => {
  it('as the right of sudo, whatever their commands are', () => {
    const refused = (probe: string) =>
      lack(probe, 'bot may not use sudo', `add with visudo: bot ALL=(root) ${probe}`)
    expect(checks(refused('a'))).toEqual(['a: bot may not use sudo → add with visudo: bot ALL=(root) a'])
    expect(checks(refused('a'), refused('b'))).toEqual([
      'a, b: bot may not use sudo → install what `debvisor sudoers host1` prints',
    ])
  })

  it('as the groups of the login, all of them', () => {
    expect(
      checks(
        lack('a', 'exit status 77', 'usermod -aG systemd-journal bot'),
        lack('b', 'exit status 77', 'usermod -aG adm,systemd-journal bot'),
      ),
    ).toEqual(['a, b: exit status 77 → usermod -aG adm,systemd-journal bot'])
  })

  it('as the reason, where no right would help', () => {
    const psql = 'exit status 2: psql: connection refused'
    expect(
      checks(
        lack('a', psql, 'run it by hand to see why: psql -c 1'),
        lack('b', psql, 'run it by hand to see why: psql -c 2'),
        lack('c', 'exit status 1: odd', 'run it by hand to see why: odd'),
      ),
    ).toEqual([
      `a, b: ${psql} → run it by hand to see why: psql -c 1 (and 1 more, each by its own command)`,
      'c: exit status 1: odd → run it by hand to see why: odd',
    ])
  })

  it('as what mends it', () => {
    const [grant, other] = ['setfacl -m u:bot:r FILE', 'sudo apt install x']
    expect(checks(lack('a', '1', grant), lack('b', '2', grant), lack('c', '3', other))).toEqual([
      `a, b: 1; 1 more like it → ${grant}`,
      `c: 3 → ${other}`,
    ])
  })
})

describe('what a snapshot may not see', () => {
  const snapshot = (...unseen: readonly string[]): Snapshot => ({
    at: 1,
    asked: { p: 'x' },
    answers: { p: [...unseen.map((one) => `unseen\t${one.replace(' ', '\t\t\t')}`), 'end\t\t\t\tp'] },
  })
  const told = (...snapshots: readonly Snapshot[]): string[] =>
    snapshotChecks(snapshots, { host: 'host1', login: 'bot' }).map(
      ({ said, remedy }) => `${said} → ${remedy}`,
    )

  it('is told once for each right, with what grants it', () => {
    const files = ['a', 'b', 'c', 'd'].map((name) => `file /srv/${name}: permission denied`)
    expect(
      told(snapshot(...files, 'setting listen_addresses: not for this login', 'hba : not for this login')),
    ).toEqual([
      expect.stringMatching(
        /^not compared: \/srv\/a \(permission denied\), \/srv\/b .*, \/srv\/c .* and 1 more → setfacl -m u:bot:r FILE/,
      ),
      'not compared: listen_addresses (not for this login) → In psql: grant pg_monitor to "bot"',
      expect.stringMatching(
        /^not compared: hba \(not for this login\) → In psql: grant select on pg_hba_file_rules/,
      ),
    ])
    const noRole = 'database : role "bot" does not exist'
    expect(told(snapshot(noRole, noRole.replace('database', 'table')))).toEqual([
      expect.stringMatching(
        /^not compared: database \(role "bot" does not exist\) → In psql: create role "bot" login/,
      ),
    ])
  })

  it('is nothing where it is out of sight for everybody, or only a superuser may see it', () => {
    const others = [
      'file /opt/x/: told as a whole',
      'package lib: no room left',
      'line /etc/x: more than 64 KB',
      'firewall : nft: not installed',
      'role app password: not for this login',
      'database : connection refused',
    ]
    expect(told(snapshot(...others))).toEqual([])
  })

  it('is a probe that did not answer at all', () => {
    expect(told({ at: 1, asked: { p: 'x', q: 'y' }, answers: { p: ['end\t\t\t\tp'] } })).toEqual([
      'no answer from q → see what `debvisor snapshot host1 --out FILE` says',
    ])
  })
})
