/** A system call that failed on something, as errno(3) has it. */
export interface FailedCall {
  /** Such as `EISDIR`. */
  readonly code: string
  /** What that means for the object, as the end of a sentence that begins with it: "is a directory". */
  readonly so: string
  /** What to look at first; the object stands for `$`. */
  readonly step: string
  /** It is about an address, and else about a path. */
  readonly isOfNetwork: boolean
}

/**
 * By its number, as Linux has it on most machines (asm-generic/errno.h): the name, strerror(3) in lower case, what is so
 * and the step. Each is trouble of the object itself, and not of the moment.
 */
const calls: ReadonlyMap<number, readonly [code: string, words: string, so: string, step: string]> = new Map([
  [2, ['ENOENT', 'no such file or directory', 'does not exist', 'ls -ld $, and its folder']],
  [
    5,
    [
      'EIO',
      'input/output error',
      'cannot be read or written: its device reports errors',
      'journalctl -k, smartctl -a of its disk',
    ],
  ],
  [6, ['ENXIO', 'no such device or address', 'is not a device that responds', 'ls -l $']],
  [13, ['EACCES', 'permission denied', 'is not accessible to it', 'namei -l $, getfacl $']],
  [
    1,
    [
      'EPERM',
      'operation not permitted',
      'does not permit the operation',
      'lsattr -d $, and the sandbox of the unit (systemctl cat)',
    ],
  ],
  [20, ['ENOTDIR', 'not a directory', 'has a file in its path where a directory is expected', 'namei -l $']],
  [
    21,
    [
      'EISDIR',
      'is a directory',
      'is a directory where a file is expected',
      'ls -ld $; who made it, and what is in it',
    ],
  ],
  [17, ['EEXIST', 'file exists', 'already exists', 'ls -ld $; who made it']],
  [19, ['ENODEV', 'no such device', 'has no device behind it', 'findmnt -T $']],
  [
    18,
    [
      'EXDEV',
      'invalid cross-device link',
      'is on a different file system from what is moved there',
      'findmnt -T $',
    ],
  ],
  [26, ['ETXTBSY', 'text file busy', 'is a program that is running', 'fuser -v $']],
  [
    27,
    [
      'EFBIG',
      'file too large',
      'has reached its maximum size',
      'LimitFSIZE= of the unit (systemctl cat), ulimit -f, and the limit of its file system',
    ],
  ],
  [28, ['ENOSPC', 'no space left on device', 'is on a full disk', 'df $ and df -i $']],
  [
    30,
    [
      'EROFS',
      'read-only file system',
      'is on a read-only file system',
      'findmnt -T $, ReadOnlyPaths= and ProtectSystem= of the unit',
    ],
  ],
  [31, ['EMLINK', 'too many links', 'has too many links', 'stat $']],
  [36, ['ENAMETOOLONG', 'file name too long', 'has a name that is too long', 'who makes that name']],
  [
    37,
    [
      'ENOLCK',
      'no locks available',
      'cannot be locked',
      'findmnt -T $: a network file system without its lock service cannot lock',
    ],
  ],
  [39, ['ENOTEMPTY', 'directory not empty', 'is a directory that is not empty', 'ls -la $']],
  [40, ['ELOOP', 'too many levels of symbolic links', 'is a symbolic link loop', 'namei -l $']],
  [
    99,
    [
      'EADDRNOTAVAIL',
      'cannot assign requested address',
      'is an address that this host does not have',
      'ip address',
    ],
  ],
  [101, ['ENETUNREACH', 'network is unreachable', 'cannot be reached: there is no route', 'ip route get $']],
  [
    110,
    [
      'ETIMEDOUT',
      'connection timed out',
      'does not answer',
      'whether its host runs, and which firewall is on the way',
    ],
  ],
  [
    111,
    [
      'ECONNREFUSED',
      'connection refused',
      'refuses connections: nothing listens there, or a firewall rejects them',
      'ss -ltn on the host that has $',
    ],
  ],
  [113, ['EHOSTUNREACH', 'no route to host', 'cannot be reached', 'ip route get $, ip neigh']],
  [116, ['ESTALE', 'stale file handle', 'was removed on its file server', 'findmnt -T $; mount it again']],
  [122, ['EDQUOT', 'disk quota exceeded', 'is over the quota of its owner', 'quota, repquota -a']],
])

const NETWORK: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
])

/** What an error line says of a call that failed; undefined where it names none of these. */
export function failedCallOf(said: string): FailedCall | undefined {
  const number = /\bErrno (\d{1,3})\b/.exec(said)?.[1]
  const names: readonly string[] = said.match(/\bE[A-Z]{2,14}\b/g) ?? []
  const lower = said.toLowerCase()
  const [, call] =
    [...calls].find(([key, [code]]) =>
      number === undefined ? names.includes(code) : key === Number(number),
    ) ??
    [...calls].find(([, [, words]]) => number === undefined && lower.includes(words)) ??
    []
  if (!call) return undefined
  const [code, , so, step] = call
  return { code, so, step, isOfNetwork: NETWORK.has(code) }
}
