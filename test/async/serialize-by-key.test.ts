import { expect, it } from 'vitest'
import { serializeByKey } from '../../src/async/serialize-by-key.ts'

it('works of one key follow one another, others go side by side', async () => {
  const queue = serializeByKey()
  const seen: string[] = []
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const first = queue.run('a', async () => {
    await held
    seen.push('a1')
    return 1
  })
  const second = queue.run('a', async () => seen.push('a2'))
  await queue.run('b', async () => seen.push('b'))
  letGo()
  expect(await first).toBe(1)
  await second
  expect(seen).toEqual(['b', 'a1', 'a2'])
})

it('a work that fails tells whoever gave it, and holds up nobody', async () => {
  const queue = serializeByKey()
  const failed = queue.run('a', () => Promise.reject(new Error('no')))
  const next = queue.run('a', async () => 'yes')
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('yes')
})

it('is idle when everything given has ended, also what failed', async () => {
  const queue = serializeByKey()
  const seen: string[] = []
  queue.run('a', () => Promise.reject(new Error('no'))).catch(() => seen.push('a'))
  void queue.run('b', async () => seen.push('b'))
  await queue.idle()
  expect(seen.toSorted()).toEqual(['a', 'b'])
})
