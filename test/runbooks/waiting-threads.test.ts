import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose, finding, since } from './diagnosis.ts'

const main = '    725     725 poll_schedule_timeout.constprop.0        python3\n'
const waits = (wchan: string, more: Changes = {}): Changes => ({
  threads: `${main}    725     731 ${wchan.padEnd(40)} python3\n`,
  threads_again: `${main}    725     731 ${wchan.padEnd(40)} python3\n`,
  ...more,
})
const of = (changes: Changes) => diagnose('websocket', { changes })

describe('a thread that waits without a word', () => {
  it('for the other end of a named pipe is told with the pipe, though its folder is closed to the login', () => {
    const report = of(
      waits('wait_for_partner', {
        data_pipes: 'debvisor debvisor 644 /var/lib/debvisor/snapshot.json.new\n',
      }),
    )
    expect(causes(report)).toEqual(['debvisor.thread-waits'])
    expect(finding(report, 'debvisor.thread-waits')).toMatchObject({
      title: 'A thread of DebVisor waits for the other end of a named pipe, without a word',
      subject: '/var/lib/debvisor/snapshot.json.new',
      confidence: 'likely',
    })
  })

  it('for a file lock is told with who holds it', () => {
    const lock_holders = '731\t4711\tnightly-archive.service\trsync\t/var/lib/debvisor/debvisor.lock\n'
    const report = of(waits('locks_lock_inode_wait', { lock_holders }))
    expect(finding(report, 'debvisor.thread-waits').subject).toBe(
      '/var/lib/debvisor/debvisor.lock, locked by nightly-archive.service (pid 4711)',
    )
  })

  it.each([
    ['anon_pipe_write', 'the reader of a pipe that is full'],
    ['unix_wait_for_peer', 'the reader of a socket'],
    ['request_wait_answer', 'a file system'],
    ['rpc_wait_bit_killable', 'a file system'],
  ])('in %s waits for %s', (wchan, what) => {
    const { title } = finding(of(waits(wchan)), 'debvisor.thread-waits')
    expect(title).toBe(`A thread of DebVisor waits for ${what}, without a word`)
  })
})

describe('no trouble is', () => {
  it.each<[string, Changes]>([
    ['a thread that waits for work', waits('futex_wait_queue')],
    [
      'a wait that has passed a moment later',
      waits('locks_lock_inode_wait', { threads_again: main, lock_holders: '' }),
    ],
    [
      'a thread of another program of the same account',
      {
        threads: `${main}    900     900 wait_for_partner  sh\n`,
        threads_again: `${main}    900     900 wait_for_partner  sh\n`,
      },
    ],
  ])('%s', (_, changes) => {
    expect(of(changes).verdict).toBe('healthy')
  })

  it('looked for in the kernel where the log tells of trouble', () => {
    const said = since([
      '30+0000 debvisor-server[725]: ERROR debvisor: no metrics collected: No space left on device',
    ])
    const report = of({ said, said_again: said, ...waits('wait_for_partner') })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.thread-waits')
  })
})
