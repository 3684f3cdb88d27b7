import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

/** What a script meets: a tree of files in place of the host's, and programs that answer in place of its own. */
export interface World {
  /** Content by path; `$root` in it is the root of the tree. Where there is `proc/…`, all that the script looks for below /proc is looked for here; so for each first folder. */
  readonly tree?: Readonly<Record<string, string>>
  /** Files of `tree` as a Perl script meets them after its second pause: it looks twice. */
  readonly later?: Readonly<Record<string, string>>
  /** Shell text by the name of a program; `$root` is the root of `tree`. */
  readonly programs?: Readonly<Record<string, string>>
  /** Where else programs are looked for: where this machine does, unless it is said. */
  readonly path?: string
}

export interface Said {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

const perl = execFileSync('sh', ['-c', 'command -v perl'], { encoding: 'utf8' }).trim()

const shipped = fileURLToPath(new URL('../../../src/runbooks/scripts', import.meta.url))

/** A new folder of letters only: some scripts read numbers out of paths. */
function newRoot(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(12))].map((n) =>
    String.fromCharCode(97 + (n % 26)),
  )
  const root = join(tmpdir(), `script-${letters.join('')}`)
  mkdirSync(root)
  return root
}

/** With modes of their own, whatever the umask of whoever runs the tests. */
function plant(root: string, files: Readonly<Record<string, string>>, mode = 0o644): void {
  for (const [name, content] of Object.entries(files)) {
    const folders = dirname(name).split('/')
    mkdirSync(join(root, ...folders), { recursive: true })
    for (const i of folders.keys()) chmodSync(join(root, ...folders.slice(0, i + 1)), 0o755)
    writeFileSync(join(root, name), content)
    chmodSync(join(root, name), mode)
  }
}

/** The script and the files beside it that it names, with the host's folders of the world in place of the real ones. */
function plantScript(root: string, script: string, folders: ReadonlySet<string>): void {
  const there = new RegExp(String.raw`(?<![\w./])/(?=(?:${[...folders].join('|')})(?:/|\b))`, 'g')
  const texts = [...filesOf(script)].map(([name, text]) => [name, text.replaceAll(there, `${root}/`)])
  plant(join(root, 'scripts'), Object.fromEntries(texts))
}

/** Content by path: the script, and all that its text names as `./name.pl` or `../shared/name.sh`, and so on. */
function filesOf(script: string, found = new Map<string, string>()): ReadonlyMap<string, string> {
  if (found.has(script)) return found
  const text = readFileSync(join(shipped, script), 'utf8')
  found.set(script, text)
  for (const [named] of text.matchAll(/(?<![\w./])\.\.?\/[a-z0-9./-]+\.(?:sh|pl)\b/g))
    filesOf(join(dirname(script), named), found)
  return found
}

/** Runs it as the ordinary program that it is, in its own folder. What it says of the root of the world is said without it. */
export async function ask(script: string, args: readonly string[] = [], world: World = {}): Promise<Said> {
  const root = newRoot()
  const tree = Object.fromEntries(
    Object.entries(world.tree ?? {}).map(([name, content]) => [name, content.replaceAll('$root', root)]),
  )
  plant(root, tree)
  const programs = Object.entries(world.programs ?? {})
  plant(
    join(root, 'programs'),
    Object.fromEntries(programs.map(([name, text]) => [name, `#!/bin/sh\nroot=${root}\n${text}\n`])),
    0o755,
  )
  const folders = new Set(Object.keys(tree).map((name) => name.split('/')[0] ?? ''))
  if (folders.size > 0) plantScript(root, script, folders)
  const file = join(folders.size > 0 ? join(root, 'scripts') : shipped, script)
  mkdirSync(join(root, 'later'))
  plant(join(root, 'later'), world.later ?? {})
  writeFileSync(join(root, 'Later.pm'), later(root))
  try {
    return await run(
      file,
      args.map((argument) => argument.replaceAll('$root', root)),
      root,
      world.path,
    )
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Perl's pause is a select without files; with the second one the files of `later` take the place of those of the tree. */
const later = (root: string): string => `package Later;
my $pauses = 0;
BEGIN {
  *CORE::GLOBAL::select = sub (;*@) {
    return @_ ? CORE::select($_[0]) : CORE::select() if @_ < 4;
    system "cp", "-r", "${root}/later/.", "${root}" if !defined $_[0] && !defined $_[1] && ++$pauses == 2;
    return CORE::select($_[0], $_[1], $_[2], $_[3]);
  };
}
1;
`

function run(file: string, args: readonly string[], root: string, path = process.env.PATH): Promise<Said> {
  const PATH = `${join(root, 'programs')}:${path}`
  const at = {
    cwd: dirname(file),
    env: { PATH, LC_ALL: 'C', TZ: 'UTC', PERL5OPT: `-I${root} -MLater` },
    encoding: 'utf8',
  } as const
  const without = (text: string) => text.replaceAll(root, '')
  return new Promise((resolve) => {
    execFile(file.endsWith('.pl') ? perl : '/bin/sh', [file, ...args], at, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ status, stdout: without(stdout), stderr: without(stderr) })
    })
  })
}

/** A line of a table: what the script is, what it is given, what it says. */
export type Line = readonly [
  what: string,
  script: string,
  args: readonly string[],
  world: World,
  says: string | RegExp,
]

/** It says exactly that, or what fits the pattern, and nothing else anywhere. */
export async function expectLine([, script, args, world, says]: Line): Promise<void> {
  const { status, stdout, stderr } = await ask(script, args, world)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  if (typeof says === 'string') expect(stdout).toBe(says)
  else expect(stdout).toMatch(says)
}
