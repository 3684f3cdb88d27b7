import { describe, expect, it } from 'vitest'
import type { Host, Inventory } from '../../src/inventory/inventory.ts'
import { targetOfAlert } from '../../src/runs/requests/target-of-alert.ts'

const hop = (address: string) => ({ name: address, address, port: 22, user: 'bot', keyFile: undefined })
const host = (name: string, address: string): [string, Host] => [
  name,
  {
    name,
    groups: [],
    production: true,
    route: { kind: 'ssh', hops: [hop('198.51.100.1'), hop(address)] },
    variables: {},
  },
]
const inventory: Inventory = {
  hosts: new Map([
    host('panel1', '10.0.0.5'),
    host('panel2.example.com', 'fd00::5'),
    host('db.east.example.com', '10.0.0.7'),
    host('db.west.example.com', '10.0.0.8'),
  ]),
  groups: new Map(),
}
const runbooks = [
  { topic: 'service', alerts: ['DebVisorAPIDown', 'HostSystemdServiceCrashed'] },
  { topic: 'performance', alerts: ['HighCpuUsage'] },
]
const target = (labels: Record<string, string>) => targetOfAlert(labels, { runbooks, inventory })

describe('an alert of the platform', () => {
  it.each([
    ['panel1:9100', 'panel1'],
    ['PANEL1', 'panel1'],
    ['panel1.example.com:9100', 'panel1'],
    ['panel2:9100', 'panel2.example.com'],
    ['10.0.0.5:9100', 'panel1'],
    ['[fd00::5]:9100', 'panel2.example.com'],
    ['fd00::5', 'panel2.example.com'],
    ['https://panel1:8443/health/ready', 'panel1'],
  ])('is about the host of its instance: %s', (instance, name) => {
    expect(target({ alertname: 'HighCpuUsage', instance })).toEqual({
      kind: 'topic',
      topic: 'performance',
      host: name,
    })
  })

  it('is about what names the host before the address of an exporter', () => {
    const labels = { alertname: 'highcpuusage', instance: '10.0.0.5:9100', nodename: 'panel2' }
    expect(target(labels)).toMatchObject({ kind: 'topic', host: 'panel2.example.com' })
  })

  it.each([
    ['of no host of the inventory', { instance: 'localhost:9100', job: 'node' }, ['localhost']],
    ['of two that it may be', { instance: 'db:9100' }, ['db']],
    ['of a gateway of the way there', { instance: '198.51.100.1:9100' }, ['198.51.100.1']],
    ['of none', {}, []],
  ])('has no host, where it is %s', (_, labels, named) => {
    expect(target({ alertname: 'DebVisorAPIDown', ...labels })).toEqual({
      kind: 'no-host',
      topic: 'service',
      named,
    })
  })

  it.each([
    ['DebVisorBackupFailed', 'backups'],
    ['DebVisorLicenseExpired', 'the licence'],
    ['KubePodCrashLooping', 'Kubernetes'],
    ['CephHealthWarning', 'Ceph'],
    ['VMHighCPU', 'virtual machines'],
    ['NetworkInterfaceDown', 'the network between hosts'],
    ['SomethingElse', undefined],
    ['', undefined],
  ])('has no topic, and it is said of what it is: %s', (alertname, about) => {
    expect(target({ alertname, instance: 'panel1' })).toEqual({ kind: 'no-topic', about, host: 'panel1' })
  })
})
