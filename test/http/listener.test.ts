import { afterEach, describe, expect, it } from 'vitest'
import { type HttpRoute, type Listener, reply, startListener } from '../../src/http/listener.ts'

let listener: Listener | undefined
afterEach(() => listener?.close())

const log = { error() {} } as never
const listen = async (routes: readonly HttpRoute[]): Promise<Listener> => {
  listener = await startListener({ host: '127.0.0.1', port: 0 }, routes, log)
  return listener
}
const answer: HttpRoute['handle'] = (_request, response) => reply(response, 200, 'ok')

describe('a listener that drains', () => {
  it('waits for what is under way, takes nothing new, and answers until the end whoever asks how it is', async () => {
    let finish = (): void => {}
    const work = new Promise<void>((resolve) => {
      finish = resolve
    })
    let begun = (): void => {}
    const beginning = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow: HttpRoute = {
      method: 'GET',
      path: '/slow',
      handle: async (_request, response) => {
        begun()
        await work
        reply(response, 200, 'done')
      },
    }
    const how: HttpRoute = { method: 'GET', path: '/how', untilTheEnd: true, handle: answer }
    const { url, drain, close } = await listen([slow, how])
    const underWay = fetch(`${url}/slow`)
    await beginning
    let drained = false
    const draining = drain(10_000).then(() => {
      drained = true
    })
    const refused = await fetch(`${url}/slow`)
    expect([refused.status, await refused.text()]).toEqual([503, 'The bot is stopping.\n'])
    expect((await fetch(`${url}/how`)).status).toBe(200)
    expect(drained).toBe(false)
    finish()
    expect(await (await underWay).text()).toBe('done\n')
    await draining
    expect((await fetch(`${url}/how`)).status).toBe(200)
    await close()
    await expect(fetch(`${url}/how`)).rejects.toThrow()
  })

  it('waits no longer than its grace, and closes what is still open', async () => {
    const stuck: HttpRoute = { method: 'GET', path: '/stuck', handle: () => new Promise(() => {}) }
    const { url, drain, close } = await listen([stuck])
    const asked = fetch(`${url}/stuck`)
    const failed = expect(asked).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 50))
    await drain(50)
    await close()
    await failed
  })
})
