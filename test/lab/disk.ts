import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { must, run } from './exec.ts'
import { stateDir } from './places.ts'

export const folderOf = (name: string): string => `${stateDir}/hosts/${name}`
export const rootOf = (name: string): string => `${folderOf(name)}/root`
export const dataOf = (name: string): string => `${folderOf(name)}/data`

/**
 * New disks for a host: the system is the image under a sparse file of 3 GB, the data a file of 256 MB with 4,096 inodes, so that full
 * disks are real and bounded.
 */
export async function makeDisks(name: string, image: string): Promise<void> {
  const dir = folderOf(name)
  for (const folder of ['system', 'root', 'data']) mkdirSync(`${dir}/${folder}`, { recursive: true })
  await disk(`${dir}/system.img`, '3G', [], `${dir}/system`)
  await disk(`${dir}/data.img`, '256M', ['-N', '4096'], dataOf(name))
  for (const folder of ['upper', 'work']) mkdirSync(`${dir}/system/${folder}`)
  const layers = `lowerdir=${image},upperdir=${dir}/system/upper,workdir=${dir}/system/work`
  await must('mount', ['-t', 'overlay', `lab-${name}`, '-o', layers, rootOf(name)])
  await must('cp', ['-a', `${rootOf(name)}/var/lib/debvisor/.`, dataOf(name)])
}

async function disk(file: string, size: string, options: readonly string[], at: string): Promise<void> {
  await must('truncate', ['-s', size, file])
  await must('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', '-m', '0', ...options, file])
  await must('mount', ['-o', 'loop', file, at])
}

export async function removeDisks(name: string): Promise<void> {
  const dir = folderOf(name)
  for (const at of [rootOf(name), `${dir}/system`, dataOf(name)]) {
    if (existsSync(at) && (await run('mountpoint', ['-q', at])).code === 0) await must('umount', ['-l', at])
  }
  for (const file of ['system.img', 'data.img']) rmSync(`${dir}/${file}`, { force: true })
}
