import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { following, makeLive } from '../../src/reload/live.ts'

interface State {
  readonly name: string
  readonly routes: readonly string[]
}
const one: State = Object.freeze({ name: 'one', routes: ['a'] })
const other: State = Object.freeze({ name: 'other', routes: ['b', 'c'] })

describe('what can be replaced', () => {
  it('is read anew by whoever was given it at the start, also in parts and copies', () => {
    const live = makeLive(one)
    const followed = following(() => live.now())
    const routes = following(() => live.now().routes)
    expect([followed.name, { ...followed }, routes.filter(() => true)]).toEqual(['one', one, ['a']])
    live.replace(other)
    expect([followed.name, { ...followed }, 'name' in followed]).toEqual(['other', other, true])
    expect([routes.length, routes.filter(() => true), routes.map((each) => each)]).toEqual([
      2,
      ['b', 'c'],
      ['b', 'c'],
    ])
  })

  it('stays what it was for whoever began before, to the end of all that they await', async () => {
    const live = makeLive(one)
    const followed = following(() => live.now())
    const names: string[] = []
    const working = live.pinned(async () => {
      names.push(followed.name)
      await delay(5)
      names.push(followed.name)
      await Promise.all([delay(1).then(() => names.push(followed.name))])
    })
    live.replace(other)
    expect(followed.name).toBe('other')
    await working
    expect(names).toEqual(['one', 'one', 'one'])
    expect(live.pinned(() => followed.name)).toBe('other')
  })
})
