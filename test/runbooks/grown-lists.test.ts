import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

const row = (kind: string, megabytes: number, before: number, path = '/api/v1/hosts'): string =>
  `GET\t${path}\t/var/log/nginx/access.log\tno\t${kind}\t${megabytes}\tother\t3\t40\t5\t${before}\t0\t0\t0\t0\t0\t${path}\t-\t-1\n`
const look = (more: string): string => `${healthy.pg_look?.split('\n=== end')[0]}\n${more}`
const grown = look('unanalyzed,hosts,"analyzed when it had 8 rows, has 60016 rows",60016\n')
const judged = (changes: Changes, topic = 'performance') => diagnose(topic, { changes })

describe('a list has grown many times over', () => {
  it.each(['performance', 'service', 'db'])('as its table has, asked for %s', (topic) => {
    const report = judged({ requests: row('large', 4, 0), pg_look: grown }, topic)
    expect(causes(report)).toEqual(['front.answers-grown'])
    expect(finding(report, 'front.answers-grown')).toMatchObject({
      title: 'Responses of /api/v1/hosts have grown to 4 MB: table hosts has 60016 rows',
      subject: 'table hosts',
      confidence: 'likely',
      detail: expect.stringContaining('The table hosts was analyzed when it had 8 rows, has 60016 rows'),
    })
  })

  it('by what users got of it before', () => {
    const report = judged({ requests: row('large', 4, 3) })
    expect(causes(report)).toEqual(['front.answers-grown'])
    expect(finding(report, 'front.answers-grown')).toMatchObject({
      title: 'Responses of /api/v1/hosts have grown to 4 MB',
      detail: expect.stringContaining('had 4 MB or more (/var/log/nginx/access.log), and 3 KB before'),
    })
  })

  it('which is why its responses are huge', () => {
    const report = judged({ requests: row('large', 19, 3) + row('huge', 19, 0) })
    expect(causes(report)).toEqual(['front.answers-grown'])
  })
})

describe('a list is long', () => {
  it.each<[string, Changes]>([
    ['as it was before', { requests: row('large', 4, 3_900) }],
    ['and what it was before is not known', { requests: row('large', 4, 0) }],
    [
      'beside another table that has grown',
      { requests: row('large', 4, 0, '/api/v1/events/all'), pg_look: grown },
    ],
    [
      'and its table was never analyzed',
      {
        requests: row('large', 4, 0),
        pg_look: grown.replace('analyzed when it had 8 rows', 'never analyzed'),
      },
    ],
    ['as a download is', { requests: row('large', 4, 3, '/api/exports/hosts'), pg_look: grown }],
    ['where its table has grown and the list has not', { pg_look: grown }],
  ])('%s', (_, changes) => {
    expect(causes(judged(changes))).toEqual([])
  })
})
