/** How DebVisor is deployed: as the troubleshooting guide describes it, or as the published repository does. */
export const shapes = ['guide', 'panel'] as const
export type Shape = (typeof shapes)[number]

/** A shape, and the Debian under it. */
export interface Platform {
  readonly name: PlatformName
  readonly shape: Shape
  /** What docs/lab.md calls its hosts. */
  readonly label: string
  /** Debian's code name. */
  readonly suite: 'bookworm' | 'trixie'
  /** Major version of the PostgreSQL that this Debian brings. */
  readonly postgresql: number
  readonly packages: readonly string[]
}

export const platformNames = ['guide', 'guide-13', 'panel'] as const
export type PlatformName = (typeof platformNames)[number]

const guide = {
  shape: 'guide',
  packages: ['nginx', 'python3-psycopg2', 'nftables', 'openssl'],
} as const

const platforms: Readonly<Record<PlatformName, Platform>> = {
  /** One unit `debvisor` on port 8080, as the troubleshooting guide describes it. */
  guide: {
    ...guide,
    name: 'guide',
    label: 'Debian 12 with the guide’s platform',
    suite: 'bookworm',
    postgresql: 15,
  },
  /** The same on the Debian that the published repository builds on by default. */
  'guide-13': {
    ...guide,
    name: 'guide-13',
    label: 'Debian 13 with the guide’s platform',
    suite: 'trixie',
    postgresql: 17,
  },
  /** The web panel behind its own TLS, and the RPC daemon, as the published repository deploys them. */
  panel: {
    name: 'panel',
    shape: 'panel',
    label: 'Debian 13 with the web panel',
    suite: 'trixie',
    postgresql: 17,
    packages: [
      'nginx',
      'nftables',
      'openssl',
      'gunicorn',
      'python3-flask',
      'python3-flask-socketio',
      'python3-simple-websocket',
      'python3-sqlalchemy',
      'python3-psycopg2',
      'python3-redis',
      'redis-server',
    ],
  },
}

/** Throws where there is no such platform. */
export function platformNamed(name: string): Platform {
  const found = platformNames.find((one) => one === name)
  if (!found) throw new Error(`there is no platform '${name}': ${platformNames.join(', ')}`)
  return platforms[found]
}
