import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { failed } from './diagnosis.ts'
import { evidenceOf, plant, runScript, scriptAfter } from './scripts.ts'

const root = mkdtempSync(join(tmpdir(), 'debvisor-interpreter-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
plant(root, { 'dist/psycopg2/__init__.py': '', 'tool/bin/python3': '' }, 0o755)
plant(root, { 'bin/systemctl': `#!/bin/sh\necho 'LANG=C "PATH=${root}/tool/bin:/usr/bin"'\n` }, 0o755)

/** What the shipped script says of a program with that first line. */
const asked = (name: string, first: string) => {
  plant(root, { [name]: `${first}\n` }, 0o755)
  const { unit = '', said = '' } = failed(
    [`ExecStart={ path=${root}/${name} ; argv[]=${root}/${name} ; }`],
    ["00+0000 debvisor-server[9]: ModuleNotFoundError: No module named 'psycopg2.extras'"],
  ) as Record<string, string>
  const script = scriptAfter('service', 'interpreter', { unit, said, said_again: said })
  const moved = script.replaceAll('/usr/lib/python3/dist-packages', `${root}/dist`)
  return evidenceOf('service', 'interpreter', runScript(moved, join(root, 'bin'))).fields
}

it("names the Python that comes first in the unit's PATH", () => {
  expect(asked('server', '#!/usr/bin/env python3')).toMatchObject({
    first: '#!/usr/bin/env python3',
    interpreter: join(root, 'tool/bin/python3'),
    module: join(root, 'dist/psycopg2'),
  })
})

it.each(['#!/bin/sh', '#!/usr/bin/env sh'])('takes no other program for one: %s', (first) => {
  const fields = asked('wrapper', first)
  expect(fields).toMatchObject({ first })
  expect(fields).not.toHaveProperty('interpreter')
})
