import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stopOrder } from '../../../../src/engine/parsers/judging/stop-order.ts'

describe('an order that stops debvisor.service', () => {
  it.each([
    ['systemctl stop debvisor', 'systemctl stop debvisor'],
    ['/usr/bin/systemctl --quiet stop debvisor.service', 'systemctl --quiet stop debvisor.service'],
    ['systemctl stop nginx debvisor && reboot', 'systemctl stop nginx debvisor'],
    ['if true; then service debvisor stop; fi', 'service debvisor stop'],
    ['invoke-rc.d debvisor stop || true', 'invoke-rc.d debvisor stop'],
    ['deb-systemd-invoke stop debvisor.service >/dev/null', 'deb-systemd-invoke stop debvisor.service'],
    ['systemctl kill -s KILL debvisor', 'systemctl kill -s KILL debvisor'],
    ['systemctl mask --now debvisor', 'systemctl mask --now debvisor'],
    ['systemctl isolate rescue.target', 'systemctl isolate'],
    ['systemctl rescue', 'systemctl rescue'],
  ])('is in: %s', (text, order) => expect(stopOrder(text, 'debvisor.service')).toBe(order))

  it.each([
    'systemctl stop debvisor-worker',
    'systemctl stop my-debvisor',
    'systemctl stop debvisor@2',
    'systemctl stop debvisor.socket',
    'systemctl start debvisor',
    'systemctl stop nginx; echo debvisor',
    'systemctl restart debvisor & echo stop',
    'echo stop debvisor',
    'stop debvisor with systemctl',
  ])('is not in: %s', (text) => expect(stopOrder(text, 'debvisor.service')).toBeUndefined())

  it('names a unit whose name is escaped', () =>
    expect(stopOrder('systemctl stop a\\x2db', 'a\\x2db.service')).toBe('systemctl stop a\\x2db'))

  it('is a part of the text, whatever text and unit are', () => {
    const word = fc.constantFrom(
      ...['systemctl', 'service', 'stop', 'mask', 'x', 'x.service', ' ', ';', '.', '\\', '$', '('],
    )
    const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(''))
    fc.assert(
      fc.property(text, text, (said, unit) => {
        const order = stopOrder(said, unit)
        if (order !== undefined) expect(said).toContain(order)
      }),
    )
  })

  it.each(['systemctl stop ', 'stop x ', 'x', 'service x', ';systemctl', 'systemctl '])(
    'is searched for in no time in a megabyte of %j',
    (unit) => {
      const text = unit.repeat(1_000_000 / unit.length)
      const began = performance.now()
      for (let n = 0; n < 100; n++) stopOrder(text, 'x.service')
      expect(performance.now() - began).toBeLessThan(2000)
    },
  )
})
