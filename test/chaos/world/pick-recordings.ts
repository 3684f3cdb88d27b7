import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recordingsBelow } from '../../../src/runs/recordings/recording.ts'
import type { Random } from '../random.ts'

const recordings = fileURLToPath(new URL('../../recordings', import.meta.url))

/** Of each verdict some: a healthy host among the broken ones. */
export function pickRecordings(random: Random, count: number): string[] {
  const folders = recordingsBelow(recordings)
  const healthy = folders.filter((folder) => /^ {2}verdict: healthy$/m.test(textOf(folder)))
  const broken = folders.filter((folder) => !healthy.includes(folder))
  const wanted = Math.ceil(count / 4)
  return [...draw(random, healthy, wanted), ...draw(random, broken, count - wanted)]
}

const textOf = (folder: string): string => readFileSync(join(folder, 'recording.yml'), 'utf8')

function draw(random: Random, from: readonly string[], count: number): string[] {
  const left = [...from]
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const one = random.pick(left)
    left.splice(left.indexOf(one), 1)
    return one
  })
}
