import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FakeSlack, startFakeSlack } from '../../playground/slack/fake-slack.ts'
import type { RealSshd } from '../fakes/sshd.ts'

/** The real bot, a process of its own as in life, so that Slack's emulator here and the bot do not wait for each other. */
export interface Served {
  /** `/debvisor diagnose …`, in a channel of its own: Slack's pace of a channel is none of the bot's. Milliseconds from the command. */
  diagnose(topic: string, host: string): Promise<{ readonly ack: number; readonly verdict: number }>
  stop(): Promise<void>
}

const CHANNELS = 200
const root = fileURLToPath(new URL('../..', import.meta.url))

export async function serve(
  sshd: RealSshd,
  hosts: readonly string[],
  databaseUrl: string | undefined,
): Promise<Served> {
  const channels = Array.from({ length: CHANNELS }, (_, i) => `bench-${i}`)
  const fakeSlack = await startFakeSlack({
    channels: Object.fromEntries(channels.map((name) => [name, { bot: true }])),
  })
  const folder = writeFiles(fakeSlack, sshd, hosts)
  const bot = await startBot(fakeSlack, folder, databaseUrl)
  let used = 0
  return {
    async diagnose(topic, host) {
      const channel = channels[used++ % CHANNELS] ?? ''
      const earlier = fakeSlack.calls().length
      const began = performance.now()
      const done = await fakeSlack.command(`diagnose ${topic} ${host}`, { channel })
      if (done.status !== 200) throw new Error(`the bot did not acknowledge: ${done.error}`)
      const isVerdict = ({ args, status }: ReturnType<FakeSlack['calls']>[number]) =>
        status === 200 && args.channel === fakeSlack.channels[channel] && isEnded(String(args.text))
      await fakeSlack.waitFor(() => fakeSlack.calls().slice(earlier).some(isVerdict), {
        what: 'a verdict',
        ms: 60_000,
      })
      return { ack: done.ackMs, verdict: performance.now() - began }
    },
    async stop() {
      const gone = new Promise((resolve) => bot.once('exit', resolve))
      bot.kill('SIGTERM')
      await gone
      await fakeSlack.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const isEnded = (text: string): boolean => /^(🔴|🟠|🟢|🟡|⚫|☑️)/u.test(text)

function writeFiles(
  fakeSlack: FakeSlack,
  { hop, knownHostsFile }: RealSshd,
  hosts: readonly string[],
): string {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-bench-'))
  const login = {
    ansible_host: hop.address,
    ansible_port: hop.port,
    ansible_user: hop.user,
    ansible_ssh_private_key_file: hop.keyFile,
  }
  // JSON is YAML.
  const inventory = { all: { vars: login, hosts: Object.fromEntries(hosts.map((name) => [name, {}])) } }
  writeFileSync(join(folder, 'inventory.yml'), JSON.stringify(inventory), { mode: 0o600 })
  const config = {
    version: 1,
    slack: { apiUrl: fakeSlack.apiUrl },
    http: { listen: '127.0.0.1:0' },
    knownHosts: knownHostsFile,
  }
  writeFileSync(join(folder, 'debvisor.yml'), JSON.stringify(config), { mode: 0o600 })
  return folder
}

async function startBot(
  fakeSlack: FakeSlack,
  folder: string,
  databaseUrl: string | undefined,
): Promise<ChildProcess> {
  const args = [
    '--import',
    'tsx',
    join(root, 'src/cli.ts'),
    'serve',
    '--config',
    join(folder, 'debvisor.yml'),
  ]
  const { DATABASE_URL: _, ...env } = process.env
  const bot = spawn(process.execPath, args, {
    cwd: root,
    env: {
      ...env,
      SLACK_BOT_TOKEN: fakeSlack.botToken,
      SLACK_APP_TOKEN: fakeSlack.appToken,
      ...(databaseUrl && { DATABASE_URL: databaseUrl }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const endWithUs = () => bot.kill()
  process.once('exit', endWithUs)
  bot.once('exit', () => process.off('exit', endWithUs))
  await fakeSlack.waitFor(() => fakeSlack.connections() === 1, { what: 'the bot on its socket', ms: 60_000 })
  return bot
}
