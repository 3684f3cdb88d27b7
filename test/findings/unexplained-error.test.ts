import { expect, it } from 'vitest'
import { unexplainedText } from '../../src/findings/unexplained-error.ts'
import { unexplainedError } from '../slack/messages/sample-views.ts'

it.each([
  [{}, 'PostgreSQL says, 12 times within 4 minutes, last 3 s ago: ERROR:  permission denied for table hosts'],
  [{ said: 'no', count: 1, first: 3 }, 'PostgreSQL says, once, last 3 s ago: no'],
  [{ said: 'no', count: 2, first: 3 }, 'PostgreSQL says, 2 times, last 3 s ago: no'],
  [{ said: 'no', count: 2, first: 119, last: 0 }, 'PostgreSQL says, 2 times within 119 s, last 0 s ago: no'],
  [
    { said: 'no', count: 2, first: 3_600, last: 3_000, strangers: true },
    'PostgreSQL (not about DebVisor) says, 2 times within 10 minutes, last 50 minutes ago: no',
  ],
  [
    { of: 'nginx', said: 'connect() failed', object: '127.0.0.1:5000', count: 1 },
    'nginx says, once, last 3 s ago: connect() failed (127.0.0.1:5000)',
  ],
  [
    { said: 'File "/a.py", line 4', object: '/a.py:4', count: 1 },
    'PostgreSQL says, once, last 3 s ago: File "/a.py", line 4',
  ],
])('%o is said as %s', (parts, text) => expect(unexplainedText(unexplainedError(parts))).toBe(text))
