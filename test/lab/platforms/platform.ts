/** A shape in which DebVisor is deployed, and the Debian under it. */
export interface Platform {
  readonly name: PlatformName
  /** What docs/lab.md calls its hosts. */
  readonly label: string
  /** Debian's code name. */
  readonly suite: 'bookworm' | 'trixie'
  readonly packages: readonly string[]
}

export const platformNames = ['guide', 'panel'] as const
export type PlatformName = (typeof platformNames)[number]

const platforms: Readonly<Record<PlatformName, Platform>> = {
  /** One unit `debvisor` on port 8080, as the troubleshooting guide describes it. */
  guide: {
    name: 'guide',
    label: 'Debian 12 with the guide’s platform',
    suite: 'bookworm',
    packages: ['postgresql-15', 'nginx', 'python3-psycopg2', 'nftables', 'openssl'],
  },
  /** The web panel behind its own TLS, and the RPC daemon, as the published repository deploys them. */
  panel: {
    name: 'panel',
    label: 'Debian 13 with the web panel',
    suite: 'trixie',
    packages: [
      'postgresql-17',
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
