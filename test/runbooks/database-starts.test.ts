import { describe, expect, it } from 'vitest'
import { type Changes, causes, diagnose } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What keeps PostgreSQL from starting or from letting DebVisor in, and where that is set. */

const now = 'now=1795496539 zone=+0000\n'
const failing = (words: string): Changes => {
  const said = `${now}2026-11-24 05:02:10,001 ERROR psycopg2.OperationalError: ${words}\n`
  return {
    http: '/api/health\t500\t20\tapplication/json {"error":"Internal Server Error"}\n',
    said,
    said_again: said,
    pg_said_again: now,
  }
}
const conf = '/etc/postgresql/15/main/postgresql.conf'

describe('a server that listens on its socket only', () => {
  const socketOnly: Changes = {
    listeners: (healthy.listeners ?? '')
      .split('\n')
      .filter((row) => !row.includes(':5432'))
      .join('\n'),
    pg_ready: { exitCode: 2, stdout: 'localhost:5432 - no response\n' },
    pg_hello: 'tried=127.0.0.1 port 5432 Connection refused\nconnect=Connection refused\n',
    pg_files: `${conf}\t/var/lib/postgresql/15/main\tpostgres\t700\tauto\t-\t5432\t100\t3\t\n`,
  }
  const bySocket: Changes = {
    db_settings: (healthy.db_settings ?? '').replace('\tlocalhost\t', '\t/var/run/postgresql\t'),
  }

  it('is well where DebVisor asks it there', () => {
    expect(diagnose('db', { changes: { ...socketOnly, ...bySocket } }).verdict).toBe('healthy')
  })

  it('is not where DebVisor asks for an address', () => {
    expect(causes(diagnose('db', { changes: socketOnly }))).toEqual(['postgresql.other-address'])
  })

  it('is not where DebVisor, whose environment may say something else, fails on an address', () => {
    const words = 'connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused'
    const changes = { ...socketOnly, ...bySocket, ...failing(words) }
    expect(causes(diagnose('db', { changes }))).toEqual(['postgresql.other-address'])
  })
})
