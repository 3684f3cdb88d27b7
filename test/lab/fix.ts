import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import { runCli } from '../../src/cli/program.ts'
import { setUp } from '../../src/cli/set-up.ts'
import { requireSlack } from '../../src/config/slack.ts'
import { startBot } from '../../src/main.ts'
import { makeLogger } from '../../src/redact/logger.ts'
import { toPlain } from '../../src/slack/transport/plain-text.ts'
import { fixKeyFile, fixUser, keyPair } from './access.ts'
import { asRoot } from './as-root.ts'
import { inject, symptom } from './check.ts'
import { type Fault, shapeOf } from './faults/fault.ts'
import { faultNamed } from './faults/index.ts'
import { reset } from './host.ts'
import { image } from './image.ts'
import { inventoryFile, knownHostsFile, stateDir } from './places.ts'
import { type PlatformName, platformNamed, type Shape } from './platforms/platform.ts'
import { wordsOf } from './platforms/words.ts'
import type { LabHost } from './state.ts'
import { differences, treeOf } from './tree.ts'

/** A fault whose cause a fix of the runbooks mends; `broken`, where the fix is for what the fault leaves behind. */
type Fixable = Pick<Fault, 'id' | 'platform' | 'topic' | 'inject' | 'probe' | 'within'> & {
  /** What the first cause's fix is called. */
  readonly fix: RegExp
  /** What else the form has to say of it. */
  readonly told?: RegExp
  /** The differences that the fix says it makes (tree.ts). All others, but for what changes by itself, are harm. */
  readonly changes?: RegExp
  /** Of `--short`. */
  readonly short?: boolean
}

const known = (id: string, fix: RegExp): Fixable => ({ ...faultNamed(id), fix })

const fixables: readonly Fixable[] = [
  { ...known('db-stopped', /^Restart PostgreSQL/), short: true },
  known('service-stopped', /^Restart DebVisor/),
  {
    ...known('service-data-owner', /^Give DebVisor its data folder back/),
    told: /Changes \d+ paths from root:root to debvisor:debvisor, seen \d+ s before the form opened[\s\S]*\/var\/lib\/debvisor\n/,
    // The owner and nothing else of it, but what DebVisor itself writes anew once it may.
    changes:
      /^\/var\/lib\/debvisor(\/(?:debvisor\.lock|snapshot\.json): (\S+ \S+) root:root .* → \2 debvisor:debvisor .*|(\/.*)?: (\S+ \S+) root:root(.*) → \4 debvisor:debvisor\5)$/,
  },
  known('websocket-nginx-stopped', /^Restart nginx/),
  // Longer than the fault takes: within two seconds of a reload the rule believes in the reload.
  {
    ...known('websocket-not-reloaded', /^Reload nginx/),
    inject: faultNamed('websocket-not-reloaded').inject.replace('sleep 1;', 'sleep 5;'),
  },
  known('websocket-backend-stopped', /^Restart DebVisor/),
  {
    id: 'service-start-limit',
    topic: 'service',
    // It was killed until systemd gave up, and is refused for ten minutes more: a plain restart would fail.
    inject: `printf '[Unit]\\nStartLimitIntervalSec=600\\n' | drop_in debvisor.service
      for n in $(seq 40); do is_failed && break; pid=$(unit MainPID); [ "$pid" = 0 ] || kill -9 "$pid"; sleep 0.7; done`,
    probe: `is_failed && ! systemctl start debvisor 2>/dev/null`,
    fix: /^Clear the start limit/,
  },
  {
    id: 'db-idle-in-transaction',
    topic: 'db',
    // No superuser: pg_signal_backend does not reach those. A minute, after which the rule believes that nobody comes back.
    inject: `sql 'CREATE ROLE importer LOGIN; GRANT ALL ON hosts TO importer'; useradd -r importer
      background import-tool --uid=importer python3 -c "
import psycopg2, time
one = psycopg2.connect('dbname=debvisor user=importer application_name=import-tool')
one.cursor().execute('UPDATE hosts SET state = state')
time.sleep(500)
"
      sleep 1; clients wall-display $direct/api/v1/touch; sleep 62`,
    probe: `[ "$(sql "SELECT count(*) > 0 FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")" = t ]`,
    fix: /^End session \d+ of PostgreSQL/,
    told: /Also concerns: import-tool of importer in the database debvisor/,
    short: true,
  },
  { ...known('panel-nginx-stopped', /^Restart nginx/), short: true },
  known('panel-db-stopped', /^Restart PostgreSQL/),
  {
    id: 'panel-stopped',
    platform: 'panel',
    topic: 'service',
    inject: 'systemctl stop debvisor-panel',
    probe: `[ "$(unit panel ActiveState)" = inactive ] && [ "$(ask $front/auth/login)" = 502 ]`,
    fix: /^Restart DebVisor/,
  },
  {
    id: 'panel-start-limit',
    platform: 'panel',
    topic: 'service',
    inject: `printf '[Unit]\\nStartLimitIntervalSec=600\\nStartLimitBurst=3\\n' | drop_in debvisor-panel.service
      for n in $(seq 40); do is_failed panel && break; pid=$(unit panel MainPID); [ "$pid" = 0 ] || kill -9 "$pid"; sleep 1; done`,
    probe: `is_failed panel && ! systemctl start debvisor-panel 2>/dev/null`,
    fix: /^Clear the start limit/,
  },
  {
    id: 'panel-not-reloaded',
    platform: 'panel',
    topic: 'websocket',
    // Somebody mended the site and forgot to tell nginx; longer ago than the two seconds in which the rule believes in a reload.
    inject: `site_edit 's/:8443/:8444/'; sleep 1; sed -i 's/:8444/:8443/' "$site"; sleep 5`,
    probe: `[ "$(ask $front/auth/login)" = 502 ] && grep -q ':8443' "$site"`,
    fix: /^Reload nginx/,
  },
]

/** What DebVisor itself writes while it runs and when it starts. */
const alive: Readonly<Record<Shape, RegExp>> = {
  guide:
    /^\/var\/lib\/debvisor\/(snapshot\.json|debvisor\.lock): (not there|f 644 debvisor:debvisor \S+) → f 644 debvisor:debvisor \S+$/,
  panel: /^(?!)/,
}

export interface FixOptions {
  readonly host: string
  readonly platform: PlatformName
  readonly only?: string
  readonly short?: boolean
}

/**
 * For each fixable fault: break the host, diagnose, click *Apply fix*, look again, and compare all that is on its disks with what was there right
 * before the click. The whole bot, over SSH, on a real host. Exit status 1 where one fails.
 */
export async function fixAll({ host: name, platform, only, short }: FixOptions): Promise<number> {
  const pattern = only === undefined ? undefined : new RegExp(only)
  const here = fixables.filter((fault) => shapeOf(fault) === platformNamed(platform).shape)
  const cases = here.filter((fault) => (!short || fault.short) && (!pattern || pattern.test(fault.id)))
  if (cases.length === 0) throw new Error(`no fault is chosen: ${here.map(({ id }) => id).join(', ')}`)
  let bad = 0
  for (const fault of cases) {
    const start = performance.now()
    const said = await mend(fault, await pristine(name, platform)).catch(
      (error: Error) => `BROKEN: ${error.message}`,
    )
    if (said !== '') bad += 1
    const seconds = ((performance.now() - start) / 1000).toFixed(0).padStart(3)
    console.log(
      `${said === '' ? 'mended' : 'NOT   '} ${seconds} s  ${fault.id}${said === '' ? '' : `\n${said}`}`,
    )
  }
  console.log(`${cases.length - bad} passed, ${bad} failed`)
  return bad === 0 ? 0 : 1
}

/** A host with both logins and with the rights that `debvisor sudoers` prints for each of them. */
async function pristine(name: string, platform: PlatformName): Promise<LabHost> {
  const host = await reset(name, await image(platformNamed(platform)), { sudo: 'none', pgMonitor: true })
  const key = await keyPair(fixKeyFile)
  const grant = async (file: string, ...options: readonly string[]): Promise<string> =>
    `cat >/etc/sudoers.d/${file} <<'EOF'\n${await sudoers(name, '--found', ...options)}\nEOF\nchmod 440 /etc/sudoers.d/${file}\nvisudo -cq\n`
  const script = `set -e
useradd -m -s /bin/sh ${fixUser}
install -d -o ${fixUser} -g ${fixUser} -m 700 /home/${fixUser}/.ssh
echo '${key}' >/home/${fixUser}/.ssh/authorized_keys
${await grant('debvisor-bot')}${await grant('debvisor-fix', '--fixes')}
runuser -u postgres -- psql -Xq -c 'create role "${fixUser}" login; grant pg_signal_backend, pg_read_all_stats to "${fixUser}"'
`
  const ran = await asRoot(host, script, 60)
  if (ran.code !== 0) throw new Error(`the grants of ${name} failed: ${ran.err || ran.out}`)
  return host
}

/** The very lines that an operator would install. */
async function sudoers(name: string, ...options: readonly string[]): Promise<string> {
  const out: string[] = []
  const term = { out: (text: string) => void out.push(text), err: (text: string) => void out.push(text) }
  const status = await runCli(term as never, {}, [
    'sudoers',
    name,
    '--config',
    configFile('http://127.0.0.1/api/'),
    ...options,
  ])
  if (status !== 0) throw new Error(out.join('\n'))
  return out.join('\n')
}

const folder = join(stateDir, 'fix')

function configFile(apiUrl: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'debvisor.yml')
  writeFileSync(
    join(folder, 'access.yml'),
    'version: 1\nrules:\n  - { effect: allow, users: all, actions: [read, diagnose, fix] }\n',
  )
  writeFileSync(
    file,
    `version: 1
slack: { apiUrl: '${apiUrl}' }
http: { listen: '127.0.0.1:0' }
store: { folder: ./store }
inventory: ${inventoryFile}
knownHosts: ${knownHostsFile}
access: ./access.yml
fixes: { user: ${fixUser}, keyFile: ${fixKeyFile} }
`,
  )
  return file
}

/** "" where it is mended; otherwise what was said instead. */
async function mend(fault: Fixable, host: LabHost): Promise<string> {
  const whole = { ...fault, kind: 'fault', cause: '', expect: [] } as const
  await inject(host, whole)
  if (!(await symptom(host, whole))) throw new Error('the symptom does not show')
  const fakeSlack = await startFakeSlack()
  rmSync(join(folder, 'store'), { recursive: true, force: true })
  const env = { SLACK_BOT_TOKEN: fakeSlack.botToken, SLACK_APP_TOKEN: fakeSlack.appToken }
  const ready = setUp(env, { config: configFile(fakeSlack.apiUrl) })
  if (!ready.ok) throw new Error(ready.sentences.join('\n'))
  const slack = requireSlack(ready.config)
  if (!slack.ok) throw new Error(slack.problem)
  const log = makeLogger('warn', ready.redactor.text, process.stderr)
  const bot = await startBot({ ...ready, slack: slack.slack, log })
  try {
    const said = await conversation(fakeSlack, fault, host)
    if (said !== '') return said
    const left = await asRoot(host, `${wordsOf(host.platform).prelude}\n${fault.probe}\n`, 60)
    return left.code === 0 ? 'the bot says that it is resolved, and the symptom is still there' : ''
  } finally {
    await bot.stop(2_000)
    await fakeSlack.close()
  }
}

async function conversation(fakeSlack: FakeSlack, fault: Fixable, host: LabHost): Promise<string> {
  const plain = (message: object | undefined): string => (message ? toPlain(message as never) : '')
  await fakeSlack.command(`diagnose ${fault.topic} ${host.name}`)
  const run = await fakeSlack.waitFor(
    async () => (await fakeSlack.messages()).find(({ text }) => /^(🔴|🟠|🟢|🟡|⚫|☑️)/u.test(text)),
    { what: 'the verdict', ms: 120_000 },
  )
  const verdict = plain(await fakeSlack.message('incidents', run.ts))
  if (!verdict.includes('[Apply fix]')) return `no fix is offered:\n${verdict}`
  await fakeSlack.click({ channel: 'incidents', ts: run.ts, actionId: 'fix_apply' })
  const view = await fakeSlack.waitFor(() => fakeSlack.openedViews().find((one) => one.view.submit)?.view, {
    what: 'the form',
    ms: 20_000,
  })
  const form = plain({ text: '', blocks: view.blocks })
  if (!fault.fix.test(form)) return `the form offers something else:\n${form}`
  if (fault.told && !fault.told.test(form)) return `the form does not tell ${fault.told}:\n${form}`
  const before = await treeOf(host)
  await fakeSlack.submit({ view: view.id })
  const after = await fakeSlack.waitFor(
    async () => {
      const text = plain(await fakeSlack.message('incidents', run.ts))
      return /· (resolved|not resolved|worse|that cause is gone|could not see whether it helped)|void|nothing was run/.test(
        text,
      )
        ? text
        : undefined
    },
    { what: 'what came of the fix', ms: 240_000 },
  )
  if (after.includes('ran · resolved')) return harm(fault, differences(before, await treeOf(host)))
  const thread = await fakeSlack.replies('incidents', run.ts)
  return `${after}\n${thread.map(plain).join('\n')}`
}

/** What has changed on the host's disks beside what the fix says; "" where that is nothing. */
function harm({ changes, platform }: Fixable, found: readonly string[]): string {
  const harmed = found.filter(
    (line) => !alive[shapeOf({ ...(platform ? { platform } : {}) })].test(line) && !changes?.test(line),
  )
  if (changes && harmed.length === found.length)
    return 'the fix changed nothing of what it says that it changes'
  return harmed.length === 0
    ? ''
    : `the fix changed more than it says:\n  ${harmed.slice(0, 30).join('\n  ')}`
}
