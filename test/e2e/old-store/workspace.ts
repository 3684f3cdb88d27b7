import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Fill, fixture, hostOfRun } from './fixture.ts'

export function layWorkspace(folder: string, fill: Fill): void {
  cpSync(join(fixture, 'workspace'), folder, { recursive: true })
  for (const name of ['debvisor.yml', 'inventory.yml', 'access.yml'])
    writeFileSync(join(folder, name), fill(readFileSync(join(folder, name), 'utf8')))
}

const healthy = ['fine', 'gone', 'mended', 'down', 'blind', 'crawling']

/** The files of each host as they were, and the word that the slow one waits for. */
export function layHosts(hosts: string): void {
  for (const host of new Set(hostOfRun.values())) {
    const folder = join(hosts, host)
    mkdirSync(folder)
    const file = (name: string, text = '') => writeFileSync(join(folder, name), text)
    file('runs')
    file('count.sh', `echo "$1" >>${folder}/runs\n`)
    file('mend.sh', `rm -f ${folder}/broken; echo mended\n`)
    if (!healthy.includes(host)) file('broken', 'the needle is off\n')
  }
  writeFileSync(join(hosts, 'blind', 'blind'), '')
  writeFileSync(join(hosts, 'crawling', 'go'), '')
}
