import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const unit = readFileSync('packaging/systemd/debvisor-bot.service', 'utf8')
const settings = unit.split('\n').filter((line) => /^\w+=/.test(line))

describe('the systemd unit (S25)', () => {
  test.each([
    'User=debvisor-bot',
    'UMask=0077',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'PrivateUsers=yes',
    'RestrictNamespaces=yes',
    'RestrictSUIDSGID=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
  ])('names each wall that may not fall: %s', (line) => {
    expect(settings).toContain(line)
  })

  test('gives the bot the time to drain, and never stops to try again', () => {
    const seconds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1])
    const grace =
      Number(/const GRACE_MS = ([\d_]+)/.exec(readFileSync('src/main.ts', 'utf8'))?.[1]?.replace('_', '')) /
      1000
    // Three parts wait that long one after the other, and the others are quick.
    expect(seconds).toBeGreaterThan(3 * grace + 10)
    expect(settings).toEqual(expect.arrayContaining(['Restart=on-failure', 'StartLimitIntervalSec=0']))
  })

  test('promises no watchdog that nobody feeds, and no protection that V8 cannot live with', () => {
    expect(settings.filter((line) => /^(WatchdogSec|MemoryDenyWriteExecute)=/.test(line))).toEqual([])
  })
})
