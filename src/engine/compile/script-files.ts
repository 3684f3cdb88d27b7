import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { didYouMean } from '../../text/did-you-mean.ts'
import { quote } from '../../text/quote.ts'
import type { ProblemInFile } from '../../yaml/problem.ts'
import { insideQuotes } from '../language/placeholders.ts'
import type { ProbeFile } from '../runbook/schema.ts'
import type { SourceFile } from './source-file.ts'

/**
 * Scripts of probes: `script: [postgresql/log.sh, "{{pgLog}}"]` names a file below `scripts/` of the folder that the
 * runbook is in, and its arguments. No file travels to the host: what it holds becomes the probe's shell text, with the
 * arguments as $1, $2, … or @ARGV.
 *
 * A shell script may run Perl and read shell functions from files beside it, and runs as it is in their folder:
 * `perl ./name.pl` and, on a line of its own, `. ./name.sh` or `. ../shared/name.sh`. A Perl script reads subs so too:
 * `require "../shared/name.pl";`.
 */

const MAX_CHARACTERS = 32_000
/** With the files beside it: Linux takes 128 KiB as one argument (execve(2)), and parameters are to be put in yet. */
const MAX_BYTES = 100_000
const fileName = /^[a-z0-9][a-z0-9-]*(?:\/[a-z0-9][a-z0-9-]*)*\.(?:sh|pl)$/
const runsPerl = /\bperl((?: -[A-Za-z0-9:=,]+)*) (\.\.?\/[a-z0-9./-]+\.pl)\b/g
const readsFunctions = /^ *\. (\.\.?\/[a-z0-9./-]+\.sh)$/gm
const requiresSubs = /^require "(\.\.?\/[a-z0-9./-]+\.pl)";$/gm
const stillRequired = /^[^#\n]*\b((?:require|do)\b[ (]*["']\.\.?\/[^"'\n]*["'])/m
const stillNamed = /(?:^|[\s"'(])\.\.?\/[\w./-]+\.(?:sh|pl)\b/m
/**
 * What perl heeds in a file and not in a text behind -e: options in the first line, and lines that it reads from DATA.
 */
const perlKeepsInFile = /^#!.*perl.* -.*|^__(?:DATA|END)__$/m
const placeholder = /(\{\{[A-Za-z_][A-Za-z0-9_]*\}\})/

/** What is wrong with a script, said where the runbook names it. */
class ScriptMistake extends Error {}

/** The same file with the shell text of its scripts in `run`. `folder`: the folder of runbooks that it belongs to. */
export function withScripts(
  source: SourceFile,
  folder: string,
): { source: SourceFile; problems: readonly ProblemInFile[] } {
  const problems: ProblemInFile[] = []
  const scripts = path.join(folder, 'scripts')
  const probes = Object.entries(source.content.probes).map(([id, probe]): [string, ProbeFile] => {
    if (probe.script === undefined) return [id, probe]
    try {
      return [id, { ...probe, run: commandOf(scriptArgv(probe.script), scripts) }]
    } catch (error) {
      if (!(error instanceof ScriptMistake)) throw error
      problems.push(source.problem(['probes', id, 'script'], error.message))
      return [id, { ...probe, run: '' }]
    }
  })
  if (probes.every(([, { script }]) => script === undefined)) return { source, problems }
  return {
    source: { ...source, content: { ...source.content, probes: Object.fromEntries(probes) } },
    problems,
  }
}

/** The file, then its arguments. */
export const scriptArgv = (script: NonNullable<ProbeFile['script']>): readonly string[] =>
  typeof script === 'string' ? [script] : script

function commandOf([name = '', ...args]: readonly string[], scripts: string): string {
  if (args.some((argument) => argument.includes('\0')))
    throw new ScriptMistake('an argument cannot have a NUL byte in it; write it another way')
  const words = args.map(asWord)
  const command = name.endsWith('.pl')
    ? `${[perl('', withSubsBeside(name, scripts)), ...words].join(' ')}\n`
    : `${words.length === 0 ? '' : `set -- ${words.join(' ')}\n`}${withFilesBeside(name, scripts)}`
  if (Buffer.byteLength(command) > MAX_BYTES)
    throw new ScriptMistake(
      `\`${name}\` has more than ${MAX_BYTES} bytes with its arguments and the files beside it; split the probe up`,
    )
  return command
}

const perl = (flags: string, program: string): string => `perl${flags} -e ${quote(program)} --`

/** Quoted, but for placeholders: their values are quoted when they are put in. */
const asWord = (argument: string): string =>
  argument
    .split(placeholder)
    .map((part) => (placeholder.test(part) ? part : part === '' ? '' : quote(part)))
    .join('') || "''"

function withFilesBeside(name: string, scripts: string): string {
  const beside = (file: string) => path.posix.join(path.posix.dirname(name), file)
  const withFunctions = textOf(name, scripts).replace(readsFunctions, (_, file: string) =>
    textOf(beside(file), scripts).trimEnd(),
  )
  for (const { 0: written, index } of withFunctions.matchAll(runsPerl))
    if (insideQuotes(withFunctions, index))
      throw new ScriptMistake(`\`${name}\` has \`${written}\` within quotes; take it out of them`)
  const text = withFunctions.replace(runsPerl, (_, flags: string, file: string) =>
    perl(flags, withSubsBeside(beside(file), scripts)),
  )
  const left = stillNamed.exec(text.replaceAll(/^\s*#.*$/gm, ''))?.[0].trim()
  if (left)
    throw new ScriptMistake(
      `\`${name}\` names \`${left}\`, which does not get to the host; write \`perl ./NAME.pl\`, or \`. ./NAME.sh\` on a line of its own`,
    )
  return text
}

/** In a block each, as in a file of its own: what is `my` there, or `use strict`, is so in there alone. */
function withSubsBeside(name: string, scripts: string, within: readonly string[] = []): string {
  const text = textOf(name, scripts).replace(requiresSubs, (line, file: string) => {
    const beside = path.posix.join(path.posix.dirname(name), file)
    // A circle is left as it is, and refused below.
    return within.includes(beside)
      ? line
      : `{\n${withSubsBeside(beside, scripts, [...within, name]).trimEnd()}\n}`
  })
  const left = stillRequired.exec(text)?.[1]
  if (left)
    throw new ScriptMistake(
      `\`${name}\` names \`${left}\`, which does not get to the host; write \`require "./NAME.pl";\` on a line of its own, in the script itself`,
    )
  return text
}

/** What is in the file, without its first comment: that is for whoever reads the file. */
function textOf(name: string, scripts: string): string {
  if (!fileName.test(name))
    throw new ScriptMistake(
      `\`${name}\` cannot be a script; name a .sh or .pl file below ${scripts}, in small letters, digits and -, such as \`disks/free.sh\``,
    )
  const text = readWithin(name, scripts)
  if (text.includes('\0')) throw new ScriptMistake(`\`${name}\` has a NUL byte in it, so it is no script`)
  if (text.includes('\r\n'))
    throw new ScriptMistake(
      `\`${name}\` has Windows line ends, which sh takes for text; save it with Unix ones`,
    )
  if (text.length > MAX_CHARACTERS)
    throw new ScriptMistake(`\`${name}\` has more than ${MAX_CHARACTERS} characters; split the probe up`)
  const lost = name.endsWith('.pl') ? perlKeepsInFile.exec(text)?.[0] : undefined
  if (lost)
    throw new ScriptMistake(
      `\`${name}\` has \`${lost}\`, which does not get to the host; write what it does into the program itself`,
    )
  const body = text.replace(/^(?:[ \t]*(?:#.*)?\n)+/, '')
  const written = placeholder.exec(body)?.[0]
  if (written)
    throw new ScriptMistake(
      `\`${name}\` has \`${written}\` in it; give it as an argument, \`script: [${name}, "${written}"]\`, and write \`$1\` there`,
    )
  if (body.trim() === '') throw new ScriptMistake(`\`${name}\` is empty; write what it shall ask`)
  return body
}

function readWithin(name: string, scripts: string): string {
  const file = path.join(scripts, name)
  try {
    const within = path.relative(realpathSync(scripts), realpathSync(file))
    if (within.startsWith('..') || path.isAbsolute(within))
      throw new ScriptMistake(`\`${name}\` is a link that leads out of ${scripts}; put the file itself there`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof ScriptMistake) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new ScriptMistake(`${file} cannot be read (${code ?? String(error)})`)
    const near = didYouMean(name, scriptsBelow(scripts))
    throw new ScriptMistake(
      `there is no script \`${name}\` in ${scripts}${near ? `; did you mean \`${near}\`?` : '; put it there'}`,
    )
  }
}

function scriptsBelow(scripts: string): string[] {
  try {
    return readdirSync(scripts, { recursive: true, encoding: 'utf8' }).filter((name) => fileName.test(name))
  } catch {
    return []
  }
}
