import { describe, expect, test } from 'vitest'
import { isPrivate } from '../../src/files/private-mode.ts'

const bot = { uid: 999, gid: 998 }
const root = { uid: 0, gid: 0 }

describe('a secret is private', () => {
  test.each([0o600, 0o400, 0o700])('where only its owner can reach it (%o)', (mode) => {
    expect(isPrivate({ uid: 999, gid: 998, mode: 0o100000 | mode }, bot)).toBe(true)
    expect(isPrivate({ uid: 0, gid: 0, mode }, root)).toBe(true)
  })

  test.each([0o440, 0o640])('where root hands it to the group of the bot alone (%o)', (mode) => {
    expect(isPrivate({ uid: 0, gid: 998, mode }, bot)).toBe(true)
    // As systemd does: the ACL shows as the group of root.
    expect(isPrivate({ uid: 0, gid: 0, mode }, bot)).toBe(true)
  })
})

describe('a secret is refused', () => {
  test.each([0o640, 0o440, 0o660])('where a group can reach a file that is not root’s (%o)', (mode) => {
    expect(isPrivate({ uid: 999, gid: 998, mode }, bot)).toBe(false)
  })

  test.each([0o644, 0o444, 0o460, 0o450, 0o604])(
    'where others can, or the group can more than read (%o)',
    (mode) => {
      expect(isPrivate({ uid: 0, gid: 998, mode }, bot)).toBe(false)
    },
  )

  test('where root hands it to another group', () => {
    expect(isPrivate({ uid: 0, gid: 100, mode: 0o440 }, bot)).toBe(false)
  })

  test('where root itself runs the bot: nobody hands root anything', () => {
    expect(isPrivate({ uid: 0, gid: 0, mode: 0o440 }, root)).toBe(false)
  })
})
