import { expect, it } from 'vitest'
import { unexplainedText } from '../../src/findings/unexplained-error.ts'
import { unexplainedError } from '../slack/messages/sample-views.ts'

it.each([
  [{}, 'PostgreSQL logged 12 times in 4 minutes, last 3 s ago: ERROR:  permission denied for table hosts'],
  [{ said: 'no', count: 1, first: 3 }, 'PostgreSQL logged once, 3 s ago: no'],
  [{ said: 'no', count: 2, first: 3 }, 'PostgreSQL logged 2 times, last 3 s ago: no'],
  [{ said: 'no', count: 2, first: 119, last: 0 }, 'PostgreSQL logged 2 times in 119 s, last 0 s ago: no'],
  [
    { said: 'no', count: 2, first: 3_600, last: 3_000, strangers: true },
    'PostgreSQL (not about DebVisor) logged 2 times in 10 minutes, last 50 minutes ago: no',
  ],
  [
    { of: 'nginx', said: 'connect() failed', object: '127.0.0.1:5000', count: 1 },
    'nginx logged once, 3 s ago: connect() failed (127.0.0.1:5000)',
  ],
  [
    { said: 'File "/a.py", line 4', object: '/a.py:4', count: 1 },
    'PostgreSQL logged once, 3 s ago: File "/a.py", line 4',
  ],
])('%o is said as %s', (parts, text) => expect(unexplainedText(unexplainedError(parts))).toBe(text))
