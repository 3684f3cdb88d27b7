import type { Packages } from '../packages.ts'
import type { Tally } from '../tally.ts'
import { type DebianHost, onDebianHost } from './debian-host.ts'
import { checkInstall } from './install.ts'
import { checkService } from './service.ts'
import { startSlackThere } from './slack-there.ts'
import { checkUpgradeAndRemoval } from './upgrade.ts'

/** What the steps of a package's life have in common. */
export interface Life extends Pick<Tally, 'check'> {
  readonly debian: DebianHost
  readonly packages: Packages
}

/** `platform`: of the lab. */
export const checkInstalled = (tally: Tally, packages: Packages, platform: string): Promise<void> =>
  onDebianHost(platform, async (debian) => {
    const life = { check: tally.check, debian, packages }
    const before = await pathsOf(debian)
    if (!(await checkInstall(life))) return
    const slack = await startSlackThere(debian.host)
    try {
      await checkService(life, slack)
      await checkUpgradeAndRemoval(life, before)
    } finally {
      slack.close()
    }
  })

/** Every path that a package could leave behind. */
export async function pathsOf(debian: DebianHost): Promise<Set<string>> {
  const kept = [
    '/etc/passwd*',
    '/etc/group*',
    '/etc/shadow*',
    '/etc/gshadow*',
    '/etc/subuid*',
    '/etc/subgid*',
    '/var/lib/dpkg/*',
    '/var/lib/debvisor/*',
    '/var/lib/postgresql/*',
  ]
  const but = kept.map((path) => `! -path '${path}'`).join(' ')
  return new Set((await debian.root(`find /etc /usr /var/lib /opt -xdev ${but}`)).split('\n'))
}
