import { describe, expect, it } from 'vitest'
import type { Person } from '../../src/access/authorize.ts'
import { type Caller, type DoorDeps, enter } from '../../src/handlers/door.ts'
import { httpWays, routes, savedTicket } from '../../src/handlers/routes.ts'
import { makeLogger } from '../../src/redact/log.ts'
import { actionIds } from '../../src/slack/blocks/escalations.ts'

const guest: Person = { id: 'U2', team: 'T1', deleted: false, bot: false, guest: true, stranger: false }
const logged: string[] = []
const deps: DoorDeps = {
  gate: { homeTeam: 'T1' },
  log: makeLogger('trace', (text) => text, { write: (line) => void logged.push(line) }),
  people: async (user) => (user === 'U1' ? { ...guest, id: 'U1', guest: false } : guest),
  notice: (text) => ({ text, blocks: [] }),
}
const caller = (user: string, team = 'T1'): Caller => ({
  team,
  user,
  channel: 'C1',
  responseUrl: null,
  trigger: 't',
  text: '',
})

describe('every way in', () => {
  it.each([...routes, savedTicket].map((way) => [way.name, way] as const))(
    '%s turns a guest away before anything is done',
    async (_name, way) => {
      let entered = false
      const answer = await enter(deps, way, caller('U2'), async () => {
        entered = true
        return undefined
      })
      expect(entered).toBe(false)
      expect(answer?.text).toMatch(/^Guests may not/)
    },
  )

  it('has a button for each action id that messages carry, and no other', () => {
    const buttons = routes.filter((r) => r.kind === 'button').map((r) => r.name)
    expect(buttons.sort()).toEqual(Object.values(actionIds).sort())
  })

  it('on HTTP is the health and what Slack signed', () => {
    expect(Object.values(httpWays).map((way) => way.action)).toEqual(['health', 'receive'])
  })
})

describe('a handler that fails', () => {
  it('tells its user, logs the error, and leaves the bot up', async () => {
    const answer = await enter(deps, savedTicket, caller('U1'), () =>
      Promise.reject(new Error('disk on fire')),
    )
    expect(answer?.text).toMatch(/broke on our side/)
    expect(logged.join('')).toContain('disk on fire')
  })

  it('counts a person whom Slack did not describe as nobody', async () => {
    const unknown = { ...deps, people: async () => undefined }
    const answer = await enter(unknown, savedTicket, caller('U9'), async () => undefined)
    expect(answer?.text).toMatch(/did not say who you are/)
  })
})
