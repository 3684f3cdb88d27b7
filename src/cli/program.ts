import { Command, CommanderError, Option } from 'commander'
import { sanitise } from '../redact/sanitise.ts'
import { origins } from '../runs/recordings/origins.ts'
import { clip } from '../text/shorten.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import { wholeNumber } from './output/whole-number.ts'
import { version } from './version.ts'

/**
 * The program's other entry point: the same work as the bot's, with a terminal in place of Slack. Exit status: 0 good
 * or healthy, 1 problem, 2 inconclusive, 3 could not run, with one sentence on stderr. The code of a command is loaded
 * where it is run: most need neither Slack nor a store, and some no host.
 */
export function program(term: Terminal, env: NodeJS.ProcessEnv, exit: (status: number) => void): Command {
  const root = new Command('debvisor')
    .description("DebVisor's troubleshooting guide, run on a host: in Slack, or here.")
    .version(version())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => term.out(text.replace(/\n$/, '')),
      writeErr: (text) => term.err(text.replace(/\n$/, '')),
      outputError: (text) => term.err(`debvisor: ${mistake(text)}`),
    })
    .configureHelp({ subcommandTerm: titleOf })
    .addHelpText('after', '\nExit status: 0 healthy or done, 1 problem, 2 inconclusive, 3 could not run.')
  const config = () =>
    new Option('--config <file>', 'debvisor.yml to read (default: ./debvisor.yml if there is one)')
  const inventory = () =>
    new Option('--inventory <file>', 'Ansible YAML inventory, in place of the configured one')
  const knownHosts = () =>
    new Option('--known-hosts <file>', 'pinned host keys, in place of the configured file')

  root
    .command('serve')
    .description('run the Slack app until it is stopped')
    .addOption(config())
    .action(async (options) =>
      exit(await (await import('./serve/serve.ts')).serveCommand(term, env, options)),
    )

  root
    .command('reload')
    .description(
      'have the bot on this machine read configuration, inventory, access policy and runbooks anew',
    )
    .addOption(config())
    .action(async (options) =>
      exit(await (await import('./serve/reload.ts')).reloadCommand(term, env, options)),
    )

  root
    .command('diagnose')
    .description('run a runbook on a host, or on many, and print the verdict')
    .usage('[options] <topic> <hosts> | <hosts> [what is wrong…]')
    .argument(
      '[words...]',
      "a topic or an alias of it, and a host; or a host and what is wrong with it. Many hosts: a group, host1,host2, 'web*', 'production:&db:!host3'",
    )
    .addOption(
      new Option('--format <format>', 'how to print it; of many hosts, json is a line for each')
        .choices(['text', 'json', 'csv'])
        .default('text'),
    )
    .addOption(
      new Option('--concurrency <n>', 'how many of many hosts are asked at once (default: 16)').argParser(
        wholeNumber(1, 200),
      ),
    )
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .option('--record <dir>', 'keep the redacted outputs and the report in a new folder, for replay')
    .addOption(
      new Option('--origin <origin>', 'what a recording was made on').choices(origins).default('real'),
    )
    .option('--baseline <file>', 'a snapshot of the host while it was well: what differs is suspected')
    .action(async (words: string[], options) =>
      exit(await (await import('./diagnose.ts')).diagnoseCommand(term, env, words, options)),
    )

  root
    .command('snapshot')
    .description('keep what a host is made of, to be compared with when it is in trouble')
    .argument('<host>', 'a host of the inventory')
    .requiredOption('--out <file>', 'where to keep it')
    .option('--topic <topic>', 'the runbook that says whether the host is well (default: the first one)')
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .action(async (host: string, options) =>
      exit(await (await import('./snapshot.ts')).snapshotCommand(term, env, host, options)),
    )

  root
    .command('validate')
    .description('check the configuration, the inventory and all runbooks; list every problem')
    .argument('[folders...]', 'further folders of runbooks')
    .addOption(config())
    .addOption(inventory())
    .action(async (folders: string[], options) =>
      exit(await (await import('./validate.ts')).validateCommand(term, env, folders, options)),
    )

  const hosts = root
    .command('hosts')
    .description(
      'list the hosts of the inventory; `hosts HOST` shows one, `hosts trust HOST` pins a host key',
    )
    .argument('[host]', 'ask this one what of the platform it has, as `hosts show` does')
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .action(async (host: string | undefined, options) =>
      exit(
        host === undefined
          ? await (await import('./hosts/list.ts')).hostsCommand(term, env, options)
          : await (await import('./hosts/show.ts')).showCommand(term, env, host, options),
      ),
    )
  hosts
    .command('trust')
    .description("show a host key's fingerprint and pin it after a yes")
    .argument('<host>', 'a host of the inventory')
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .option('--fingerprint <sha256>', 'pin without asking if the host shows this key: SHA256:…')
    .action(async (host: string, options, command: Command) =>
      exit(
        await (await import('./hosts/trust.ts')).trustCommand(term, env, host, {
          ...command.parent?.opts(),
          ...options,
        }),
      ),
    )

  hosts
    .command('show')
    .description(
      'ask a host what of the platform it has; print the values that runs would take, and where each is from',
    )
    .argument('<host>', 'a host of the inventory')
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .action(async (host: string, options, command: Command) =>
      exit(
        await (await import('./hosts/show.ts')).showCommand(term, env, host, {
          ...command.parent?.opts(),
          ...options,
        }),
      ),
    )

  root
    .command('doctor')
    .description('check tokens, store, mail, pager and every host: what is wrong and how to mend it')
    .argument('[hosts]', 'check these hosts alone: a name, a group or a pattern, as `diagnose` takes it')
    .addOption(config())
    .action(async (hosts: string | undefined, options) =>
      exit(await (await import('./doctor/doctor.ts')).doctorCommand(term, env, hosts, options)),
    )

  root
    .command('runbook')
    .description('prove runbooks')
    .command('test')
    .description('judge recorded runs again and compare; name your findings that none covers')
    .argument('[folders...]', 'recordings, or folders of them (default: recordings/ beside debvisor.yml)')
    .addOption(config())
    .option('--shipped', 'those that come with the bot, with the shipped findings that none covers')
    .option('--accept', 'let the recordings that differ expect what is concluded now')
    .action(async (folders: string[], options) =>
      exit(await (await import('./runbook.ts')).runbookTestCommand(term, env, folders, options)),
    )

  root
    .command('recordings')
    .description('test cases out of stored runs')
    .command('export')
    .description('record a stored run in a folder, with what people said of its verdict')
    .argument('<run>', 'its code, such as 7F3K')
    .requiredOption('--out <dir>', 'a new folder')
    .addOption(config())
    .action(async (run: string, options) =>
      exit(await (await import('./stored/recordings.ts')).exportRecordingCommand(term, env, run, options)),
    )

  const store = root.command('store').description('the store of `debvisor serve`')
  store
    .command('retention')
    .description('take away now what is too old; on PostgreSQL beside a running bot')
    .option('--dry-run', 'only print what would go, and why the rest stays')
    .addOption(config())
    .action(async (options) =>
      exit(await (await import('./stored/retention.ts')).retentionCommand(term, env, options)),
    )

  root
    .command('sudoers')
    .description('print the minimal sudoers file for a host, and as comments the other grants')
    .argument('<host>', 'a host of the inventory')
    .addOption(config())
    .option('--fixes', 'for the login that applies fixes, in place of the one that diagnoses')
    .addOption(inventory())
    .addOption(knownHosts())
    .option('--found', 'ask the host first which units and paths it has, where the inventory does not say')
    .action(async (host: string, options) =>
      exit(await (await import('./sudoers.ts')).sudoersCommand(term, env, host, options)),
    )

  const explain = root.command('access').description('who may do what').command('explain')
  explain
    .description('say which rule of the access policy decides; asks neither Slack nor a store')
    .argument('<user>', "a Slack user's id")
    .argument('<action>', 'read, diagnose, escalate, page, fix or approve')
    .argument('<host>', 'a host of the inventory')
    .argument('[topic]', 'a topic or an alias of it; without it: any topic')
    .option('--groups <ids>', 'Slack user groups that the user is in, separated by commas')
    .addOption(config())
    .addOption(inventory())
    .action(async () => {
      const [user = '', action = '', host = '', topic] = explain.args
      exit(
        await (await import('./access.ts')).explainCommand(
          term,
          env,
          { user, action, host, topic },
          explain.opts(),
        ),
      )
    })

  const audit = root.command('audit').description('what was asked, allowed and refused')
  audit
    .command('verify')
    .description('check that no row was changed, removed, added or moved')
    .option('--anchor <count:hash>', 'a head that an earlier verify printed: it must still be there')
    .addOption(config())
    .action(async (options) => exit(await (await import('./audit.ts')).verifyCommand(term, env, options)))
  audit
    .command('export')
    .description('print the rows as JSON lines')
    .option('--since <time>', 'rows from this time on: 2026-01-31 or 2026-01-31T08:00:00Z')
    .addOption(config())
    .action(async (options) => exit(await (await import('./audit.ts')).exportCommand(term, env, options)))

  root
    .command('redact')
    .description('stdin to stdout through the very code that a run uses on host output')
    .addOption(config())
    .action(async (options) => exit(await (await import('./redact.ts')).redactCommand(term, env, options)))

  return root
}

/** Commander's "error: unknown option '--fast'\n(Did you mean …?)" as one sentence of ours, with where to look. */
function mistake(said: string): string {
  const [what = '', near] = said
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const meant = near?.replace(/^\(|\)$/g, '') ?? ''
  return `${capital(clip(sanitise(what).replace(/\.$/, ''), 200))}. ${meant}${meant && ' '}See debvisor --help.`
}

/** "diagnose <topic> <host> | …" in the list of commands; a command of commands names those. */
function titleOf(command: Command): string {
  const below = command.commands.map((each) => each.name()).join(' | ')
  const words = command
    .usage()
    .replace(/^\[options\] ?/, '')
    .replace('[command]', below)
  return `${command.name()} ${words}`.trim()
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** Runs one command line and resolves with its exit status. Whatever goes wrong is one sentence on stderr. */
export async function runCli(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<number> {
  let status: number = exitCodes.healthy
  try {
    await program(term, env, (code) => {
      status = code
    }).parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    // Commander has said what was wrong; help and version are no errors.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.healthy : exitCodes.couldNotRun
    term.err(`debvisor: ${error instanceof Error ? error.message : String(error)}`)
    return exitCodes.couldNotRun
  }
}
