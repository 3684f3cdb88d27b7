import { asRoot } from './as-root.ts'
import type { LabHost } from './state.ts'

/** All that is on a host's disks, by path: type, mode and owner, and for what has a content, what tells that it is the same. */
export type Tree = ReadonlyMap<string, string>

/** What the kernel or systemd makes anew all the time, caches, and files that only a database understands. */
const passing = [
  '/proc',
  '/sys',
  '/dev',
  '/tmp',
  '/var/tmp',
  '/var/cache',
  '/var/log/journal',
  '/run/log',
  '/run/user',
  '/run/lock',
  '/run/udev',
  '/run/credentials',
  '/run/*.pid',
  '/run/postgresql/*',
  '/run/systemd/*/*',
  '/var/lib/postgresql/*/*/*',
  '/var/lib/redis/*',
]

/** Their lines come all the time: of these the content does not count, nor the size. */
const growing = ['/var/log/*', '/run/*']

/** Kilobytes of the largest file whose content is read; of larger ones size and time count. */
const SMALL = 64

const any = (paths: readonly string[]): string =>
  `\\( ${paths.map((path) => `-path '${path}'`).join(' -o ')} \\)`

/** NUL between paths and words: a name may hold anything else. Packages' files are too many to read. */
const look = `export LC_ALL=C
all() { find / ${any(passing)} -prune -o "$@"; }
all \\( ${any(growing)} -o ! -type f \\) -printf '%y %m %u:%g %l\\t%p\\0' \\
  -o -printf '%y %m %u:%g %s %T@\\t%p\\0'
printf '\\0'
all -type f -size -${SMALL}k ! ${any(growing)} ! -path '/usr/*' -print0 | xargs -0r sha256sum -z --
`

/** Throws where the host could not be looked through to its end. */
export async function treeOf(host: LabHost): Promise<Tree> {
  const { code, out, err } = await asRoot(host, look, 60)
  const end = out.indexOf('\0\0')
  if (code !== 0 || end < 0)
    throw new Error(`the files of ${host.name} could not be read: ${err.slice(0, 500)}`)
  const tree = new Map<string, string>()
  for (const entry of out.slice(0, end).split('\0')) {
    const tab = entry.indexOf('\t')
    tree.set(entry.slice(tab + 1), entry.slice(0, tab).trim())
  }
  for (const sum of out
    .slice(end + 2)
    .split('\0')
    .filter((line) => line !== '')) {
    const path = sum.slice(66)
    // Whoever writes the same again has changed nothing.
    const [type, mode, owner] = (tree.get(path) ?? '').split(' ')
    if (type) tree.set(path, `${type} ${mode} ${owner} ${sum.slice(0, 12)}`)
  }
  return tree
}

/** "/srv/a: f 644 root:root 5f… → f 644 app:app 5f…", by path. */
export function differences(before: Tree, after: Tree): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)]
    return was === is ? [] : [`${path}: ${was ?? 'not there'} → ${is ?? 'gone'}`]
  })
}
