import { copyFileSync } from 'node:fs'
import { asRoot } from '../../lab/as-root.ts'
import { rootOf } from '../../lab/disk.ts'
import { eventually } from '../../lab/exec.ts'
import { down, up } from '../../lab/host.ts'
import { image } from '../../lab/image.ts'
import { platformNamed } from '../../lab/platforms/platform.ts'
import type { LabHost } from '../../lab/state.ts'

/** A Debian of the lab, with its own systemd, on which a package is installed as an operator would. */
export interface DebianHost {
  readonly host: LabHost
  /** Answers what a script of root prints; throws with what it complains of where it ends badly. */
  root(script: string): Promise<string>
  /** Waits for a script that ends well. */
  until(seconds: number, what: string, script: string): Promise<string>
  /** Puts a file of this machine into /root there. Answers its path. */
  take(file: string): string
}

const NAME = 'p1'

/** Without waiting for the disk after each file: a crash costs no more than this host. */
export const install = 'dpkg --force-unsafe-io -i'

export async function onDebianHost<T>(
  platform: string,
  work: (debian: DebianHost) => Promise<T>,
): Promise<T> {
  await down(NAME)
  const host = await up(NAME, await image(platformNamed(platform)), { sudo: 'none' })
  try {
    return await work(makeHost(host))
  } finally {
    await down(NAME)
  }
}

function makeHost(host: LabHost): DebianHost {
  const ran = (script: string) => asRoot(host, `set -eu\n${script}\n`, 120)
  const root = async (script: string): Promise<string> => {
    const { code, out, err } = await ran(script)
    if (code !== 0)
      throw new Error(`${script.slice(0, 300)}\nends with ${code}: ${`${out}${err}`.slice(-2000)}`)
    return out.trim()
  }
  return {
    host,
    root,
    async until(seconds, what, script) {
      let last = ''
      const found = await eventually(seconds, async () => {
        const { code, out, err } = await ran(script)
        last = `${out}${err}`
        return code === 0 ? out.trim() : undefined
      })
      if (found !== undefined) return found
      const log = await ran('journalctl -u debvisor-bot -n 15 --no-pager -o cat || true')
      throw new Error(`not within ${seconds} s: ${what}\n${last.slice(-600)}\n${log.out.slice(-2000)}`)
    },
    take(file) {
      const name = file.slice(file.lastIndexOf('/') + 1)
      copyFileSync(file, `${rootOf(NAME)}/root/${name}`)
      return `/root/${name}`
    },
  }
}
