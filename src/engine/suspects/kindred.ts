import { contentOf, type Difference } from '../../findings/difference.ts'

/** Kinds of trouble, by the words that tell it, and what is apt to make it, by the words of settings and objects. */
const KINDS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /\b(?:slow|slowly|waits?|waiting|takes? \S+ s|timed? ?out|timeout|delay|queue|busy|percent of a core)\b/,
    /limit_req|limit_rate|limit_conn|delay|sleep|timeout|throttl|quota|\bnice\b|cpuweight|ioweight|pool|workers?\b|max_connections|backlog|\bindex|trigger|statist|\bjit|_cost\b|parallel|synchronous|fsync|work_mem|vacuum|buffering|iops|bandwidth|\bburst|\brate\b/,
  ],
  [
    /\b(?:refuses?|refused|denied|forbidden|not allowed|may not|permission|unauthori[sz]ed|401|403|503|rejects?)\b/,
    /deny|allow|auth|grant|policy|rights|owner|\bmode\b|\brole\b|\buser\b|\bgroup\b|\bacl\b|\bhba\b|password|origin|cors|firewall|reject|\bdrop\b|protect|capabilit|limit_conn|limit_req|\breturn\b|rewrite|require|satisfy/,
  ],
  [
    /\b(?:too (?:large|big|long)|413|414|431|truncated|large messages?)\b/,
    /body_size|body_buffer|buffer_size|buffers\b|max_http_buffer|temp_path|max_temp|length|header/,
  ],
  [
    /\b(?:websockets?|socket\.io|upgrade|handshake|polling|real-time)\b/,
    /upgrade|http_version|proxy_pass|proxy_set_header|proxy_read|proxy_send|proxy_buffering|origin|cors|sticky|ip_hash|transport|socket|ping_|limit_conn|\breturn\b|rewrite|location/,
  ],
  [
    /\b(?:memory|oom|killed|sigkill|heap)\b/,
    /memory|heap|\brss\b|swap|\boom|shared_buffers|huge_?pages|work_mem|workers?\b|overcommit/,
  ],
  [
    /\b(?:disk|space|inodes?|read-only|i\/o)\b/,
    /log_|logrotate|retain|keep|wal_|archive|quota|rotate|\bmount|temp_file|max_wal/,
  ],
  [
    /\b(?:does not exist|no such|not found|missing|undefined|importerror|modulenotfounderror|404)\b/,
    /path\b|\broot\b|alias|location|include|import|search_path|environment|\blink\b|\bdir\b|home|schema/,
  ],
  [
    /postgresql refuses|violates|raiseexception|p0001/,
    /\btrigger|\bfunction|\bconstraint|\bpolicy|\brule\b|not null|\bcheck\b/,
  ],
  [/\b(?:certificate|tls|ssl|x509)\b/, /ssl|tls|\bcert|\bca\b|cipher|protocols?\b|\.(?:pem|crt|key)\b/],
]

/** What the system says where one limit, right or name is in the way (errno(3), strerror texts of glibc), and which. */
const EXACT: readonly (readonly [RegExp, RegExp])[] = [
  [/file too large|errno 27|sigxfsz/, /fsize|file size/],
  [/too many open files|errno 24\b/, /nofile|open files|file-max|nr_open/],
  [
    /can't start new thread|resource temporarily unavailable|errno 11\b/,
    /nproc|tasksmax|processes|pid_max|threads-max/,
  ],
  [
    /cannot allocate memory|errno 12\b|memoryerror/,
    /memorymax|memoryhigh|limitas|address space|overcommit|swap/,
  ],
  [/read-only file system|errno 30\b/, /protectsystem|readonlypaths|\bro\b|\bmount\b/],
  [/address family not supported|errno 97\b/, /restrictaddressfamilies|ipv6/],
  [
    /operation not permitted|errno 1\b|sigsys|bad system call/,
    /capabilit|systemcallfilter|immutable|nonewprivileges|attr/,
  ],
  [
    /network is unreachable|no route to host|errno 101\b|errno 113\b/,
    /route|privatenetwork|ipaddressdeny|firewall|address/,
  ],
  [
    /name or service not known|temporary failure in name|could not translate host|no address associated/,
    /hosts\b|resolv|nsswitch/,
  ],
  [
    /connection refused|errno 111\b|cannot assign requested address|errno 99\b/,
    /listen|\bport\b|\bbind|\baddress/,
  ],
  [/is a directory|errno 21\b|not a directory|errno 20\b/, /\bdir\b/],
  [
    /no module named|importerror|modulenotfounderror|cannot find module/,
    /pythonpath|package|\.pth\b|node_path|\.py\b/,
  ],
]

/** What is apt to make the trouble that is told. */
export interface Kinds {
  readonly exact: readonly RegExp[]
  readonly kindred: readonly RegExp[]
}

/** Of what is told, in lower case. Asked once, for it may be long. */
export function kindsOf(trouble: string): Kinds {
  const apt = (kinds: readonly (readonly [RegExp, RegExp])[]): RegExp[] =>
    kinds.filter(([wrong]) => wrong.test(trouble)).map(([, fit]) => fit)
  return { exact: apt(EXACT), kindred: apt(KINDS) }
}

/** How close a change is to what is wrong: a limit of the rate where requests wait, LimitFSIZE where a file is too large. */
export function kinshipOf(difference: Difference, { exact, kindred }: Kinds): 'exact' | 'kindred' | 'none' {
  const { object, area } = difference
  const { was, now } = contentOf(difference)
  const rights = isOfRights({ area, was, now }) ? 'owner, mode' : ''
  const changed = `${area} ${object.split('/').at(-1)} ${rights}\n${was}\n${now}`.toLowerCase()
  const fits = (apt: RegExp): boolean => apt.test(changed)
  if (exact.some(fits)) return 'exact'
  return kindred.some(fits) ? 'kindred' : 'none'
}

/** A file begins with `owner:group mode`. */
const isOfRights = ({ area, was, now }: Pick<Difference, 'area' | 'was' | 'now'>): boolean =>
  area === 'file' && was !== '' && now !== '' && rightsOf(was) !== rightsOf(now)

const rightsOf = (value: string): string => value.split(' ').slice(0, 2).join(' ')
