import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FakeSlack } from '../../../playground/slack/fake-slack.ts'
import { LOGINS, type Opened, type OpenedHost } from '../hosts/host-kinds.ts'

export const runbooksOfSuite = fileURLToPath(new URL('./runbooks', import.meta.url))
export const ALERTS_TOKEN = 'a-token-of-the-monitoring'

/** Where the lead has this long to acknowledge: the time limit of an escalation falls into a round. */
const MINUTES_TO_ACKNOWLEDGE = 0.15

export interface FilesOptions {
  readonly folder: string
  readonly slack: FakeSlack
  readonly hosts: Opened
  /** Names of the hosts on which a fix takes two people. */
  readonly production: ReadonlySet<string>
  readonly pager: { readonly url: string; readonly apiUrl: string }
  readonly alertsChannel: string
}

/** What all replicas read. Their own files differ in nothing: each takes a free port. */
export function writeFiles({ folder, slack, hosts, production, pager, alertsChannel }: FilesOptions): string {
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  file('key', hosts.keys.diagnose)
  file('fix_key', hosts.keys.fix)
  file('token', `${ALERTS_TOKEN}\n`)
  file(
    'known_hosts',
    hosts.hosts.map(({ address, port, hostKey }) => `[${address}]:${port} ${hostKey}\n`).join(''),
  )
  file('inventory.yml', JSON.stringify(inventory(hosts.hosts, production)))
  file('access.yml', JSON.stringify(policy))
  return file('debvisor.yml', JSON.stringify(config({ slack, pager, alertsChannel })))
}

const policy = {
  version: 1,
  rules: [
    {
      name: 'everybody',
      effect: 'allow',
      users: 'all',
      actions: ['read', 'diagnose', 'escalate', 'page', 'fix', 'approve'],
    },
    { name: 'monitoring', effect: 'allow', alerts: 'all', actions: ['diagnose'] },
  ],
}

function inventory(hosts: readonly OpenedHost[], production: ReadonlySet<string>) {
  const entries = (those: readonly OpenedHost[]) =>
    Object.fromEntries(
      those.map(({ name, address, port, variables }) => [
        name,
        { ...variables, ansible_host: address, ansible_port: port },
      ]),
    )
  return {
    all: {
      vars: {
        ansible_user: LOGINS.diagnose,
        ansible_ssh_private_key_file: './key',
        fix_user: LOGINS.fix,
        fix_ssh_private_key_file: './fix_key',
      },
      children: {
        production: {
          vars: { production: true },
          hosts: entries(hosts.filter(({ name }) => production.has(name))),
        },
        staging: { hosts: entries(hosts.filter(({ name }) => !production.has(name))) },
      },
    },
  }
}

const config = ({
  slack,
  pager,
  alertsChannel,
}: Pick<FilesOptions, 'slack' | 'pager' | 'alertsChannel'>) => ({
  version: 1,
  slack: { apiUrl: slack.apiUrl },
  http: { listen: '127.0.0.1:0' },
  access: './access.yml',
  runbooks: [runbooksOfSuite],
  // What is tried here is that nothing is lost, not how much is let in.
  limits: { waiting: 5_000, waitingPerChannel: 1_000, waitingPerUser: 1_000 },
  pagerduty: { eventsUrl: pager.url, apiUrl: pager.apiUrl },
  escalation: {
    lead: { slackUser: slack.users.lead },
    // biome-ignore lint/suspicious/noThenProperty: so it is called in debvisor.yml, and nothing awaits it
    acknowledgeWithin: [{ minutes: MINUTES_TO_ACKNOWLEDGE, then: 'page' }],
  },
  alerts: {
    monitoring: {
      kind: 'alertmanager',
      channel: slack.channels[alertsChannel],
      tokenFile: './token',
      most: 200,
    },
  },
})
