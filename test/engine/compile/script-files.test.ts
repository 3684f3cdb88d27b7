import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoadedRunbooks, loadRunbooks } from '../../../src/engine/load-runbooks.ts'
import { nextWave } from '../../../src/engine/plan/plan.ts'
import { printProblem } from '../../../src/yaml/problem.ts'
import { host, topic } from '../sample-runbook.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scripts-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

/** A folder of runbooks with one probe, and its scripts beside it. */
function load(script: string, files: Readonly<Record<string, string>> = {}): LoadedRunbooks {
  write(
    'own/shared/db.yml',
    topic(`
parameters:
  folder: { type: path, default: "/srv/it's", description: A folder }
probes:
  look: { title: Look, script: ${script} }
`),
  )
  for (const [name, text] of Object.entries(files)) write(`own/scripts/${name}`, text)
  return loadRunbooks([join(root, 'own')])
}

const problem = (...given: Parameters<typeof load>): string => {
  const loaded = load(...given)
  return loaded.ok ? '' : loaded.problems.map(printProblem).join('\n').replaceAll(`${root}/`, '')
}

function said(...given: Parameters<typeof load>): string {
  const loaded = load(...given)
  if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
  const runbook = loaded.runbooks.find('db')
  if (!runbook) throw new Error('no topic')
  const parameters = { folder: "/srv/it's" }
  const [command] = nextWave(runbook, { parameters, host }, new Map()).commands
  if (command?.kind !== 'shell') throw new Error('it is not asked')
  return spawnSync('/bin/sh', ['-c', command.script], { encoding: 'utf8' }).stdout
}

describe('a script', () => {
  it('in shell gets its arguments as $1, $2, …', () => {
    const sh = '#!/bin/sh\n# What it says.\n\nprintf \'<%s>\' "$#" "$@"\n'
    expect(said('[it.sh, "{{folder}}", "a b", "", "x={{folder}}/y"]', { 'it.sh': sh })).toBe(
      "<4></srv/it's><a b><><x=/srv/it's/y>",
    )
    expect(said('it.sh', { 'it.sh': sh })).toBe('<0>')
  })

  it('in Perl gets them as @ARGV, and may have any quotes in it', () => {
    const pl = "# What it says.\nuse strict;\nprint map { \"<$_>\" } @ARGV, 'it\\'s';\n"
    expect(said('[a/b.pl, "-x", "{{folder}}"]', { 'a/b.pl': pl })).toBe("<-x></srv/it's><it's>")
  })

  it('in shell runs Perl, and takes functions, from files beside it', () => {
    const files = {
      'a/it.sh': '. ../shared/say.sh\nsay "$1" | perl -n ./twice.pl\n',
      'shared/say.sh': '# Says.\nsay() { printf \'%s\\n\' "$1"; }\n',
      'a/twice.pl': "print uc, '$&';\n",
    }
    expect(said('[a/it.sh, abc]', files)).toBe('ABC\n$&')
    // As an ordinary program in its folder it says the same.
    const beside = { cwd: join(root, 'own/scripts/a'), encoding: 'utf8' } as const
    expect(spawnSync('/bin/sh', ['it.sh', 'abc'], beside).stdout).toBe('ABC\n$&')
  })

  it('in Perl takes subs from files beside it, alone or run by a shell script', () => {
    const files = {
      'a/it.pl':
        'require "../shared/say.pl";\nrequire "./twice.pl";\nmy $most = 9;\nsay_it(twice($ARGV[0]), $most);\n',
      'a/it.sh': 'perl ./it.pl "$1"\n',
      'a/twice.pl': 'use strict;\nmy $times = 2;\nsub twice { $_[0] x $times }\n1;\n',
      'shared/say.pl': "# Says.\n\nmy $most = 1;\nsub say_it { print qq(@_ it's $most\\n) }\n1;\n",
    }
    expect(said('[a/it.pl, abc]', files)).toBe("abcabc 9 it's 1\n")
    expect(said('[a/it.sh, abc]', files)).toBe("abcabc 9 it's 1\n")
    // As an ordinary program in its folder it says the same.
    const beside = { cwd: join(root, 'own/scripts/a'), encoding: 'utf8' } as const
    expect(spawnSync('perl', ['it.pl', 'abc'], beside).stdout).toBe("abcabc 9 it's 1\n")
  })

  it('in Perl takes subs from files that take subs from others', () => {
    const files = {
      'a/it.pl': 'require "./loud.pl";\nprint loud($ARGV[0]);\n',
      'a/loud.pl': 'require "../shared/twice.pl";\nsub loud { uc twice($_[0]) }\n1;\n',
      'shared/twice.pl': 'sub twice { $_[0] x 2 }\n1;\n',
    }
    expect(said('[a/it.pl, abc]', files)).toBe('ABCABC')
    const beside = { cwd: join(root, 'own/scripts/a'), encoding: 'utf8' } as const
    expect(spawnSync('perl', ['it.pl', 'abc'], beside).stdout).toBe('ABCABC')
  })

  it('counts in the digest', () => {
    const digest = (text: string) => {
      const loaded = load('it.sh', { 'it.sh': text })
      return loaded.ok && loaded.runbooks.find('db')?.digest
    }
    expect(digest('df\n')).not.toBe(digest('df -k\n'))
  })
})

describe('a mistake is one sentence with its place', () => {
  const place = 'own/shared/db.yml:9:32 probes.look.script'
  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    [
      'a name that is none',
      'it.hs.sh',
      {},
      ': `it.hs.sh` cannot be a script; name a .sh or .pl file below own/scripts, in small letters, digits and -, such as `disks/free.sh`',
    ],
    ['no folder of scripts', 'it.sh', {}, ': there is no script `it.sh` in own/scripts; put it there'],
    [
      'a slip',
      'nginx/lgo.sh',
      { 'nginx/log.sh': 'a\n' },
      ': there is no script `nginx/lgo.sh` in own/scripts; did you mean `nginx/log.sh`?',
    ],
    [
      'a path that leaves the folder',
      '../../etc/it.sh',
      {},
      ': `../../etc/it.sh` cannot be a script; name a .sh',
    ],
    ['an absolute path', '/etc/it.sh', {}, ': `/etc/it.sh` cannot be a script; name a .sh'],
    [
      'a script with a parameter in it',
      'it.sh',
      { 'it.sh': 'df {{folder}}\n' },
      ': `it.sh` has `{{folder}}` in it; give it as an argument, `script: [it.sh, "{{folder}}"]`, and write `$1` there',
    ],
    [
      'an empty one',
      'it.sh',
      { 'it.sh': '#!/bin/sh\n# nothing\n' },
      ': `it.sh` is empty; write what it shall ask',
    ],
    [
      'one that is too long',
      'it.sh',
      { 'it.sh': 'x'.repeat(32_001) },
      ': `it.sh` has more than 32000 characters; split the probe up',
    ],
    [
      'one that is too long with the files beside it',
      'it.sh',
      { 'it.sh': `${'perl ./it.pl\n'.repeat(4)}`, 'it.pl': `print 1; ${'#'.repeat(30_000)}\n` },
      ': `it.sh` has more than 100000 bytes with its arguments and the files beside it; split the probe up',
    ],
    [
      'Perl within quotes, which its text would end',
      'it.sh',
      { 'it.sh': "find / -exec sh -c 'perl ./it.pl' \\;\n", 'it.pl': 'print 1\n' },
      ': `it.sh` has `perl ./it.pl` within quotes; take it out of them',
    ],
    [
      'Perl that reads lines of its own file',
      'it.pl',
      { 'it.pl': 'print <DATA>;\n__DATA__\n1\n' },
      ': `it.pl` has `__DATA__`, which does not get to the host; write what it does into the program itself',
    ],
    [
      'options of Perl in the first line',
      'it.pl',
      { 'it.pl': '#!/usr/bin/perl -n\nprint\n' },
      ': `it.pl` has `#!/usr/bin/perl -n`, which does not get to the host; write what it does into the program itself',
    ],
    ['no text', 'it.pl', { 'it.pl': 'print "\0"\n' }, ': `it.pl` has a NUL byte in it, so it is no script'],
    [
      'Windows line ends',
      'it.sh',
      { 'it.sh': 'df\r\n' },
      ': `it.sh` has Windows line ends, which sh takes for text; save it with Unix ones',
    ],
    [
      'an argument that cannot be one',
      '[it.sh, "a\\0b"]',
      { 'it.sh': 'df\n' },
      ': an argument cannot have a NUL byte in it; write it another way',
    ],
    [
      'a file that does not travel',
      'it.sh',
      { 'it.sh': 'sh ./other.sh\n' },
      ': `it.sh` names `./other.sh`, which does not get to the host; write `perl ./NAME.pl`, or `. ./NAME.sh` on a line of its own',
    ],
    [
      'a file of Perl that does not travel',
      'it.pl',
      { 'it.pl': 'do "./other.pl" or die;\n' },
      ': `it.pl` names `do "./other.pl"`, which does not get to the host; write `require "./NAME.pl";` on a line of its own, in the script itself',
    ],
    [
      'subs that take subs from each other in a circle',
      'a/it.pl',
      { 'a/it.pl': 'require "./b.pl";\n', 'a/b.pl': 'require "./it.pl";\n1;\n' },
      ': `a/b.pl` names `require "./it.pl"`, which does not get to the host',
    ],
    [
      'subs that are not there',
      'a/it.pl',
      { 'a/it.pl': 'require "./gone.pl";\n' },
      ': there is no script `a/gone.pl` in own/scripts',
    ],
    [
      'a file beside it that is out of the folder',
      'a/it.sh',
      { 'a/it.sh': '. ../../it.sh\n' },
      ': `../it.sh` cannot be a script; name a .sh',
    ],
    [
      'a file beside it that is not there',
      'a/it.sh',
      { 'a/it.sh': 'perl ./gone.pl\n' },
      ': there is no script `a/gone.pl` in own/scripts',
    ],
    [
      'a parameter that nothing gives',
      '[it.sh, "{{foldr}}"]',
      { 'it.sh': 'df\n' },
      '[1]: there is no parameter `{{foldr}}`; did you mean `{{folder}}`?',
    ],
  ])('%s', (_, script, files, message) => {
    const told = problem(script, files)
    expect(told.split('\n')).toHaveLength(1)
    expect(told.replace(/:9:\d+ /, ':9:32 ')).toContain(`${place}${message}`)
  })

  it('a link that leads out of the folder', () => {
    write('secret.sh', 'cat /etc/shadow\n')
    mkdirSync(join(root, 'own/scripts'), { recursive: true })
    symlinkSync(join(root, 'secret.sh'), join(root, 'own/scripts/it.sh'))
    expect(problem('it.sh')).toContain(
      '`it.sh` is a link that leads out of own/scripts; put the file itself there',
    )
  })
})
