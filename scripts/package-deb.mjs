// Make the Debian package: the app as `npm pack` has it, its dependencies as package-lock.json has them and without their install scripts, a Node of
// its own (packaging/deb/node.json), the unit, the configuration. Needs dpkg-deb, and the registry for what npm has not cached.
//   npm run package:deb [-- --arch arm64] [--version 1.2.3] [--out FOLDER] [--fast]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

const source = fileURLToPath(new URL('..', import.meta.url))
const parts = join(source, 'packaging', 'deb')
const NAME = 'debvisor-bot'
const HOME = `usr/lib/${NAME}`
const DOC = `usr/share/doc/${NAME}`

/** In order of versions as dpkg sees them, 1.2.0-rc.1 is after 1.2.0, and 1.2.0~rc.1 before it. */
export const debianVersion = (version) => version.replace('-', '~')

/** The files of the package below `root`, but for DEBIAN/. What they are does not depend on who builds them. */
export function stage(root, arch) {
  const app = join(root, HOME, 'app')
  const work = fs.mkdtempSync(join(tmpdir(), 'debvisor-deb-'))
  try {
    fs.mkdirSync(app, { recursive: true })
    const packed = npmPack(source, ['--ignore-scripts'], work)
    run('tar', ['-xzf', join(work, packed), '-C', app, '--strip-components=1', '--no-same-owner'])
    addDependencies(app)
    addNode(root, arch, work)
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
  addConfiguration(root)
  addDocumentation(root)
  evenModes(root)
}

/** Where npm put the archive that it made or fetched. */
function npmPack(cwd, args, to) {
  const said = run('npm', ['pack', '--json', '--prefer-offline', '--pack-destination', to, ...args], { cwd })
  return JSON.parse(said.slice(said.indexOf('[')))[0].filename
}

function addDependencies(app) {
  const lent = ['package-lock.json', 'playground/package.json']
  for (const file of lent) copy(join(source, file), join(app, file))
  const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  run('npm', ['ci', ...flags], { cwd: app })
  for (const left of ['package-lock.json', 'playground', 'node_modules/@debvisor', 'node_modules/.bin'])
    fs.rmSync(join(app, left), { recursive: true, force: true })
  // Nothing reads types, maps and the sources of native parts at run time.
  for (const file of filesBelow(app))
    if (/\.(?:map|d\.[cm]?ts|cc|[ch]|gypi?|o)$/.test(file) && file.includes('node_modules')) fs.rmSync(file)
  for (const dotfile of filesBelow(app).filter((file) => /\/\.[^/]+$/.test(file))) fs.rmSync(dotfile)
  addTemplate(app)
}

/** Without the prepared cluster the first start of the embedded store takes 0.8 GB, and is killed on a small machine. */
function addTemplate(app) {
  const { version } = JSON.parse(
    fs.readFileSync(join(app, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'),
  )
  const template = `node_modules/.cache/debvisor/pglite-${version}`
  if (!fs.existsSync(join(source, template)))
    throw new Error('The embedded store has no template: run `npm run build` without DEBVISOR_NO_TEMPLATE.')
  fs.cpSync(join(source, template), join(app, template), { recursive: true })
}

/** npm compares what it fetches with what the registry says; here it is compared with what was reviewed. */
function addNode(root, arch, work) {
  const { version, [arch]: from } = JSON.parse(fs.readFileSync(join(parts, 'node.json'), 'utf8'))
  if (!from) throw new Error(`packaging/deb/node.json has no Node for ${arch}.`)
  const archive = join(work, npmPack(work, [`${from.package}@${version}`], work))
  const digest = createHash('sha512').update(fs.readFileSync(archive)).digest('base64')
  if (`sha512-${digest}` !== from.integrity)
    throw new Error(
      `${from.package}@${version} is not what packaging/deb/node.json names; compare both before you go on.`,
    )
  run('tar', ['-xzf', archive, '-C', work, 'package/bin/node', 'package/LICENSE'])
  copy(join(work, 'package/bin/node'), join(root, HOME, 'bin/node'))
  copy(join(work, 'package/LICENSE'), join(root, DOC, 'node-LICENSE'))
}

function addConfiguration(root) {
  copy(join(parts, 'debvisor'), join(root, 'usr/bin/debvisor'))
  copy(
    join(source, `packaging/systemd/${NAME}.service`),
    join(root, `usr/lib/systemd/system/${NAME}.service`),
  )
  for (const file of ['debvisor.yml', 'inventory.yml']) copy(join(parts, file), join(root, 'etc', NAME, file))
  for (const folder of [`etc/${NAME}/secrets`, `var/lib/${NAME}`])
    fs.mkdirSync(join(root, folder), { recursive: true })
}

function addDocumentation(root) {
  for (const file of ['copyright', 'README.Debian']) copy(join(parts, file), join(root, DOC, file))
  copy(join(parts, 'credentials.conf'), join(root, DOC, 'examples/credentials.conf'))
  for (const file of ['debvisor.example.yml', 'inventory.example.yml', 'access.example.yml', 'manifest.yml'])
    copy(join(source, file), join(root, DOC, 'examples', file))
  copy(join(parts, 'lintian-overrides'), join(root, 'usr/share/lintian/overrides', NAME))
  fs.symlinkSync(`../../../lib/${NAME}/app/docs`, join(root, DOC, 'docs'))
}

/** Whatever the umask of who builds it. */
function evenModes(root) {
  const programs = new Set([`${HOME}/bin/node`, 'usr/bin/debvisor'])
  fs.chmodSync(root, 0o755)
  for (const entry of fs.readdirSync(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    if (entry.isSymbolicLink()) continue
    fs.chmodSync(path, entry.isDirectory() || programs.has(relative(root, path)) ? 0o755 : 0o644)
  }
}

/** The package of what is staged in `root`. Answers its path. */
export function pack(root, { arch, version, out, fast = false }) {
  const control = join(root, 'DEBIAN')
  fs.rmSync(control, { recursive: true, force: true })
  fs.writeFileSync(
    join(root, DOC, 'changelog.gz'),
    gzipSync(debianChangelog(debianVersion(version)), { level: 9 }),
  )
  const files = filesBelow(root).sort()
  fs.mkdirSync(control)
  fs.writeFileSync(
    join(control, 'md5sums'),
    files.map((file) => `${md5(file)}  ${relative(root, file)}\n`).join(''),
  )
  const kilobytes = Math.ceil(files.reduce((sum, file) => sum + fs.statSync(file).size, 0) / 1024)
  const fields = { VERSION: debianVersion(version), ARCHITECTURE: arch, SIZE: String(kilobytes) }
  const template = fs.readFileSync(join(parts, 'control.in'), 'utf8')
  fs.writeFileSync(
    join(control, 'control'),
    template.replace(/@(\w+)@/g, (_, field) => fields[field]),
  )
  copy(join(parts, 'conffiles'), join(control, 'conffiles'))
  for (const script of ['postinst', 'prerm', 'postrm']) {
    copy(join(parts, script), join(control, script))
    fs.chmodSync(join(control, script), 0o755)
  }
  for (const file of ['control', 'md5sums', 'conffiles']) fs.chmodSync(join(control, file), 0o644)
  fs.chmodSync(control, 0o755)
  const file = join(out, `${NAME}_${fields.VERSION}_${arch}.deb`)
  const compression = fast ? ['-Zgzip', '-z1'] : ['-Zxz', '-z3']
  run('dpkg-deb', ['--root-owner-group', ...compression, '--build', root, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(committedAt()) },
  })
  return file
}

const debianChangelog = (version) =>
  `${NAME} (${version}) unstable; urgency=medium

  * See /usr/lib/${NAME}/app/CHANGELOG.md.

 -- DebVisor <devops@debvisor.internal>  ${new Date(committedAt() * 1000).toUTCString().replace('GMT', '+0000')}
`

/** Files get the time of the commit, so that two builds of it differ in nothing but the store's template. Without git it is the beginning of the epoch. */
function committedAt() {
  const asked = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: source, encoding: 'utf8' })
  return asked.status === 0 ? Number(asked.stdout) : 0
}

const md5 = (file) => createHash('md5').update(fs.readFileSync(file)).digest('hex')

const filesBelow = (folder) =>
  fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

function copy(from, to) {
  fs.mkdirSync(dirname(to), { recursive: true })
  fs.copyFileSync(from, to)
}

function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26, ...options })
  if (done.status === 0) return done.stdout
  const why = done.error?.code === 'ENOENT' ? `there is no ${program} on this machine` : done.stderr?.trim()
  throw new Error(`${program} ${args[0]} failed: ${why}`)
}

function main() {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', default: 'amd64' },
      version: { type: 'string' },
      out: { type: 'string', default: source },
      fast: { type: 'boolean' },
    },
  })
  if (!fs.existsSync(join(source, 'dist/cli.js')))
    throw new Error('There is no dist/: run `npm run build` first.')
  const { version } = JSON.parse(fs.readFileSync(join(source, 'package.json'), 'utf8'))
  const root = fs.mkdtempSync(join(tmpdir(), 'debvisor-deb-root-'))
  try {
    stage(root, values.arch)
    console.log(pack(root, { ...values, version: values.version ?? version }))
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main()
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
