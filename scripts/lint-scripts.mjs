// Check every script below src/runbooks/scripts/ with the tools of its language: `sh -n` and shellcheck, `perl -wc`. What a tool says is printed;
// the exit status is 1 where one said something. `--without-shellcheck` is for machines that have none: npm test needs no package.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join('src', 'runbooks', 'scripts')
const withShellcheck = !process.argv.includes('--without-shellcheck')

const lints = {
  '.sh': [
    ['sh', '-n'],
    ...(withShellcheck ? [['shellcheck', '--shell=sh', '--external-sources', '--format=gcc']] : []),
  ],
  '.pl': [['perl', '-wc']],
}

/** What the tool complains of, without what it says of a good file. In the script's own folder: that is where the files beside it are found. */
function complaints([tool, ...args], file) {
  const at = { cwd: dirname(join(root, file)), encoding: 'utf8' }
  const { status, stdout, stderr, error } = spawnSync(tool, [...args, basename(file)], at)
  if (error) return [`${tool} cannot be run (${error.code}); install the package ${tool}`]
  const said = `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line !== '' && line !== `${basename(file)} syntax OK`)
  return status === 0 || said.length > 0 ? said : [`${tool} ended with status ${status}`]
}

const files = readdirSync(join(root, folder), { recursive: true })
  .filter((name) => extname(name) in lints)
  .sort()
  .map((name) => join(folder, name))
let bad = 0
for (const file of files)
  for (const tool of lints[extname(file)])
    for (const line of complaints(tool, file)) {
      bad += 1
      console.log(`${file}: ${tool[0]}: ${line}`)
    }
if (bad === 0) console.log(`${files.length} scripts are fine`)
else process.exitCode = 1
