import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load-config.ts'
import { loadInventory } from '../../src/inventory/load-inventory.ts'

const folder = 'packaging/kubernetes'

/** Kind of a manifest to the module of its published schema; kustomization.yml is no object of a cluster. */
const SCHEMAS: Readonly<Record<string, string>> = {
  ConfigMap: 'v1/ConfigMap',
  Secret: 'v1/Secret',
  Service: 'v1/Service',
  Deployment: 'apps/v1/Deployment',
  PodDisruptionBudget: 'policy/v1/PodDisruptionBudget',
  NetworkPolicy: 'networking.k8s.io/v1/NetworkPolicy',
}

interface Manifest {
  readonly file: string
  readonly kind: string
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another shape, which its schema checks.
  readonly body: any
}

const manifests: Manifest[] = readdirSync(folder)
  .filter((file) => file.endsWith('.yml') && file !== 'kustomization.yml')
  .map((file) => {
    const body = parse(readFileSync(join(folder, file), 'utf8'))
    return { file, kind: body.kind, body }
  })
const of = (kind: string) => manifests.find((manifest) => manifest.kind === kind)?.body
const deployment = of('Deployment')
const pod = deployment.spec.template.spec
const [container] = pod.containers

describe('the published schemas of Kubernetes', () => {
  let work = ''
  beforeAll(() => {
    // Inside the checkout, where the compiler finds the schemas.
    mkdirSync('node_modules/.cache', { recursive: true })
    work = mkdtempSync('node_modules/.cache/debvisor-kubernetes-')
  })
  afterAll(() => rmSync(work, { recursive: true, force: true }))

  /** What the compiler says of `bodies` as literals of their published types: of an unknown key too, which validators let pass. */
  function complaints(bodies: readonly Manifest[]): string[] {
    const lines = bodies.flatMap(({ kind, body }, at) => [
      `import type { I${kind} as T${at} } from 'kubernetes-models/${SCHEMAS[kind]}'`,
      `export const m${at}: T${at} = ${JSON.stringify(body)}`,
    ])
    writeFileSync(join(work, 'manifests.ts'), lines.join('\n'))
    const flags = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--ignoreConfig',
      '--module',
      'nodenext',
      '--target',
      'es2023',
    ]
    const { stdout } = spawnSync('node_modules/.bin/tsc', [...flags, join(work, 'manifests.ts')], {
      encoding: 'utf8',
    })
    return stdout.split('\n').filter((line) => line !== '')
  }

  test('take every manifest, with no key that they do not know', () => {
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(SCHEMAS).toSorted())
    expect(complaints(manifests)).toEqual([])
  })

  test.each<[mistake: string, spoil: (body: typeof deployment) => void]>([
    [
      'a key with a slip',
      ({ spec }) => {
        spec.template.spec.containers[0].livenessProb = {}
      },
    ],
    [
      'a text for a number',
      ({ spec }) => {
        spec.replicas = '2'
      },
    ],
    [
      'a selector that is missing',
      ({ spec }) => {
        delete spec.selector
      },
    ],
    [
      'a protocol that does not exist',
      ({ spec }) => {
        spec.template.spec.containers[0].ports[0].protocol = 'TPC'
      },
    ],
  ])('refuse %s', (_, spoil) => {
    const body = structuredClone(deployment)
    spoil(body)
    expect(complaints([{ file: 'deployment.yml', kind: 'Deployment', body }])).not.toEqual([])
  })
})

describe('the deployment', () => {
  test('has several replicas, of which one stays while nodes are drained', () => {
    expect(deployment.spec.replicas).toBeGreaterThan(1)
    expect(of('PodDisruptionBudget').spec.minAvailable).toBe(1)
  })

  test('runs as the user of the image, and may nothing beyond', () => {
    const [user, group] =
      /^USER (\d+):(\d+)$/m.exec(readFileSync('packaging/container/Dockerfile', 'utf8'))?.slice(1) ?? []
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: Number(user),
      runAsGroup: Number(group),
      fsGroup: Number(group),
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(pod.automountServiceAccountToken).toBe(false)
  })

  test('is alive while its process answers, and ready while store, queue and Slack do', () => {
    expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
    expect(container.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' })
  })

  test('asks for what it needs, and has a limit of memory', () => {
    expect(container.resources).toMatchObject({
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { memory: '1Gi' },
    })
  })

  test('is what Service, budget and policy select', () => {
    const { labels } = deployment.spec.template.metadata
    const selectors = [
      deployment.spec.selector.matchLabels,
      of('Service').spec.selector,
      of('PodDisruptionBudget').spec.selector.matchLabels,
      of('NetworkPolicy').spec.podSelector.matchLabels,
    ]
    for (const selector of selectors) expect(labels).toMatchObject(selector)
  })

  test('mounts what exists, and listens where Service and probes look', () => {
    const volumes = pod.volumes.map(({ name }: { name: string }) => name)
    expect(container.volumeMounts.map(({ name }: { name: string }) => name).toSorted()).toEqual(
      volumes.toSorted(),
    )
    expect(pod.volumes[0].configMap.name).toBe(of('ConfigMap').metadata.name)
    expect(pod.volumes[1].secret.secretName).toBe(of('Secret').metadata.name)
    expect(container.ports[0].containerPort).toBe(8090)
    expect(of('Service').spec.ports[0].targetPort).toBe(container.ports[0].name)
  })

  test('has the number of this release', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(container.image).toBe(`debvisor-bot:${version}`)
    expect(readFileSync('packaging/container/compose.yml', 'utf8')).toContain(
      `image: debvisor-bot:${version}\n`,
    )
  })
})

test('the configuration of the ConfigMap is one that the bot takes, with the secrets of the Secret', () => {
  const work = mkdtempSync(join(tmpdir(), 'debvisor-configmap-'))
  try {
    const secrets = of('Secret').stringData as Record<string, string>
    for (const [name, text] of Object.entries(secrets)) writeFileSync(join(work, name), text, { mode: 0o600 })
    const config = (of('ConfigMap').data['debvisor.yml'] as string).replaceAll(
      '/run/secrets/debvisor-bot',
      work,
    )
    for (const [name, text] of Object.entries({ ...of('ConfigMap').data, 'debvisor.yml': config }))
      writeFileSync(join(work, name), text as string)
    const loaded = loadConfig({ file: join(work, 'debvisor.yml'), env: {} })
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    expect(loaded.config.http).toMatchObject({ host: '0.0.0.0', port: 8090 })
    expect(loaded.config.store.databaseUrl).toBe(secrets['database-url'])
    const inventory = loadInventory(loaded.config.inventory, {
      reserved: [],
      defaultKeyFile: loaded.config.ssh.keyFile,
    })
    expect(inventory.ok ? [...inventory.inventory.hosts.keys()] : inventory.problems).toEqual(['host1'])
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
})
