import { describe, expect, it } from 'vitest'
import type { AnswerChange } from '../../src/findings/answer-change.ts'
import type { Compared, Difference } from '../../src/findings/difference.ts'
import { causes, denied, diagnose, finding } from './diagnosis.ts'
import { healthy } from './healthy.ts'

/** What served-answers.pl says, a line each, its columns parted by |. */
const answers = (...lines: readonly string[]): string =>
  [...asked, ...lines, 'end||0||answers', ''].join('\n').replaceAll('|', '\t')
const asked = ['asked|/|200|200|text/html', 'asked|/api/hosts|200|200|application/json']

const verdictOn = (...lines: readonly string[]) =>
  diagnose('websocket', { changes: { answers: answers(...lines) } })
const found = (...lines: readonly string[]): string[] => {
  const report = verdictOn(...lines)
  return report.verdict === 'healthy' ? ['healthy'] : causes(report)
}
const site = '/etc/nginx/sites-enabled/debvisor'

describe('a body that browsers cannot use', () => {
  const broken = 'broken|/api/hosts|412|both|NaN is no number of JSON after the key cpu'

  it('is a symptom of DebVisor where its own port gives it', () => {
    const report = verdictOn(broken)
    expect(causes(report)).toEqual(['debvisor.answer-broken'])
    expect(finding(report, 'debvisor.answer-broken')).toMatchObject({
      symptom: true,
      title: 'DebVisor answers /api/hosts with a body that cannot be read',
      subject: '/api/hosts',
      detail: expect.stringContaining('NaN is no number of JSON after the key cpu (412 bytes'),
    })
    expect(diagnose('db', { changes: { answers: answers(broken) } }).verdict).toBe('problem')
  })

  it('is one of nginx where DebVisor gives it whole', () => {
    const report = verdictOn('broken|/api/hosts|32|nginx|it goes on after its end')
    expect(causes(report)).toEqual(['nginx.answer-broken'])
  })

  it('follows from what nginx does to it', () => {
    const report = verdictOn(
      'broken|/api/hosts|32|nginx|it goes on after its end',
      'differs|/app.js|1|changed|ws:// has become wss://',
      `directive|/app.js|5|${site}|sub_filter ws:// wss://`,
    )
    expect(causes(report)).toEqual(['nginx.rewrites'])
  })
})

describe('a page', () => {
  it('lacks its script', () => {
    const report = verdictOn('asset|/app.js|404|script|/ gets 404')
    expect(causes(report)).toEqual(['front.page-broken'])
    expect(finding(report, 'front.page-broken')).toMatchObject({
      title: 'The page / lacks its script /app.js',
      detail: 'The page / names the script /app.js, which through nginx gets 404',
    })
  })
})

describe('what nginx makes of an answer', () => {
  it('is told with the line that does it', () => {
    const report = verdictOn(
      'differs|/app.js|1|changed|ws:// has become wss://',
      `directive|/app.js|9|${site}|proxy_pass http://127.0.0.1:8080`,
      `directive|/app.js|5|${site}|sub_filter ws:// wss://`,
      'directive|/|3|/etc/nginx/nginx.conf|sub_filter a b',
    )
    expect(causes(report)).toEqual(['nginx.rewrites'])
    expect(finding(report, 'nginx.rewrites')).toMatchObject({
      confidence: 'likely',
      title: 'nginx changes what DebVisor answers to /app.js',
      subject: `${site}:5`,
      detail: expect.stringContaining(
        `ws:// has become wss://; nginx has sub_filter ws:// wss:// (${site}:5)`,
      ),
    })
  })

  it('is told without a line where no directive is known for it', () => {
    expect(finding(verdictOn('differs|/api/hosts|1|other|-'), 'nginx.rewrites')).toMatchObject({
      subject: '/api/hosts',
      detail: 'GET /api/hosts through nginx is not what DebVisor gives at its own port',
    })
  })

  it.each([
    [
      'a field that JSON has through nginx alone',
      'differs|/api/hosts|1|added|the field x is new',
      'nginx.rewrites',
    ],
    [
      'a script that comes from another folder',
      'differs|/app.js|0|changed|v1 has become v2',
      'nginx.other-copy',
    ],
  ])('may be %s', (_, line, id) => {
    const folder = `directive|/app.js|11|${site}|root /var/www/old`
    expect(found(line, ...(id === 'nginx.other-copy' ? [folder] : []))).toEqual([id])
  })

  it.each([
    ['a banner in the page', ['differs|/|1|added|staging is new']],
    ['another name in the page', ['differs|/|1|text|DebVisor has become ACME']],
    [
      'figures of a moment ago',
      ['differs|/api/hosts|1|values|-', `directive|/api/hosts|4|${site}|proxy_cache micro`],
    ],
    [
      'a front end that nginx has all of',
      [
        'differs|/|0|other|-',
        'differs|/app.js|0|other|-',
        `directive|/app.js|11|${site}|root /var/www/front`,
      ],
    ],
    [
      'another service behind a path',
      [
        'differs|/api/hosts|0|changed|x has become y',
        `directive|/api/hosts|7|${site}|proxy_pass http://10.0.0.8:9000`,
      ],
    ],
  ])('is no trouble where it is %s', (_, lines) => {
    expect(found(...lines)).toEqual(['healthy'])
  })
})

it('nothing is said of a host whose logs may not be read, nor of one without nginx', () => {
  expect(diagnose('websocket', { changes: { answers: denied } }).verdict).toBe('healthy')
  expect(
    diagnose('service', { changes: { answers: { status: 'not-installed', exitCode: 127, stdout: '' } } })
      .verdict,
  ).toBe('healthy')
})

describe('an answer that has another form than in the last healthy run', () => {
  const lostZone: AnswerChange = {
    path: '/api/hosts',
    field: '[].at',
    said: 'the times of [].at have no zone any more',
    worse: true,
    seen: 8,
  }
  const comparedWith = (...changes: readonly AnswerChange[]): Compared => ({
    seconds: 3600,
    differences: [],
    unseen: [],
    answers: changes,
  })
  const shape = answers('answer|/api/hosts [].at|8|-|always: time without zone')

  it('is a symptom where that is worse, in each topic', () => {
    for (const topic of ['service', 'db', 'websocket', 'performance']) {
      const report = diagnose(topic, { changes: { answers: shape }, compared: comparedWith(lostZone) })
      expect([topic, causes(report)]).toEqual([topic, ['debvisor.answer-changed']])
      expect(finding(report, 'debvisor.answer-changed')).toMatchObject({
        symptom: true,
        title: 'The answer to /api/hosts has another form: the times of [].at have no zone any more',
        subject: '/api/hosts [].at',
        evidence: [{ text: expect.stringContaining('/api/hosts [].at: always: time without zone') }],
      })
    }
  })

  it('goes with the change that may have made it', () => {
    const differences: Difference[] = [
      {
        probe: 'snapshot_database',
        area: 'column',
        object: 'debvisor.public.hosts.at',
        was: 'timestamp with time zone',
        now: 'timestamp without time zone',
        followed: false,
      },
    ]
    const compared = { ...comparedWith(lostZone), differences }
    const { findings } = diagnose('db', { changes: { answers: shape }, compared })
    expect(findings.filter(({ role }) => role === 'suspect').map(({ subject }) => subject)).toEqual([
      'column debvisor.public.hosts.at',
    ])
  })

  it('is a notice at most where it has more than it had', () => {
    const report = diagnose('db', {
      changes: { answers: shape },
      compared: comparedWith({ ...lostZone, said: 'the field [].owner is new', worse: false }),
    })
    expect(report.verdict).toBe('healthy')
    expect(finding(report, 'debvisor.answer-differs')).toMatchObject({
      role: 'notice',
      detail: 'Unlike in the last healthy run: /api/hosts: the field [].owner is new',
    })
  })

  it('is not asserted where this run did not ask', () => {
    const report = diagnose('db', { changes: { answers: denied }, compared: comparedWith(lostZone) })
    expect(causes(report)).toEqual([])
  })
})

describe('a login that does not last', () => {
  const lost = 'login|/auth/login|3|0|/dashboard/'
  const by = (directive: string) => `directive|/auth/login|12|${site}|${directive}`

  it('is a symptom', () => {
    const report = verdictOn(lost)
    expect(causes(report)).toEqual(['front.login-lost'])
    expect(finding(report, 'front.login-lost')).toMatchObject({
      symptom: true,
      title: 'Logins do not last: /dashboard/ is refused right after /auth/login',
      detail: expect.stringContaining('3 times in the last 15 minutes POST /auth/login succeeded'),
    })
  })

  it.each([
    'proxy_cookie_path / /panel/',
    'proxy_cookie_domain ~. old.example.org',
    'proxy_hide_header Set-Cookie',
  ])('follows from what nginx does to the cookie: %s', (directive) => {
    const report = verdictOn(lost, by(directive))
    expect(causes(report)).toEqual(['nginx.cookie-changed'])
    expect(finding(report, 'nginx.cookie-changed')).toMatchObject({
      subject: `${site}:12`,
      confidence: 'likely',
    })
  })

  it('follows from a path that does not cover what was refused, after one login', () => {
    const once = 'login|/auth/login|1|0|/dashboard/'
    expect(found(once, by('proxy_cookie_path / /panel/'))).toEqual(['nginx.cookie-changed'])
    expect(found(once, by('proxy_cookie_path / /; HttpOnly; SameSite=strict'))).toEqual(['healthy'])
    expect(found(once, by('proxy_cookie_path /app /dash'))).toEqual(['healthy'])
  })

  it('is none where most do, where it was once, and where nginx changes a cookie that works', () => {
    expect(found('login|/auth/login|2|9|/dashboard/')).toEqual(['healthy'])
    expect(found('login|/auth/login|1|0|/dashboard/')).toEqual(['healthy'])
    expect(found(by('proxy_cookie_path / /panel/'))).toEqual(['healthy'])
    expect(found('login|/auth/login|1|0|/dashboard/', by('proxy_hide_header X-Powered-By'))).toEqual([
      'healthy',
    ])
  })

  it('may be of a cookie that browsers do not send back', () => {
    const cookie = 'cookie|/dashboard/|0|nginx|session is Secure, and users come by plain HTTP'
    expect(causes(verdictOn(lost, cookie))).toEqual(['front.cookie-refused'])
    expect(finding(verdictOn(lost, cookie), 'front.cookie-refused').subject).toBe('session of /dashboard/')
    expect(found(cookie)).toEqual(['healthy'])
  })
})

describe('a path that nginx answers without the login that DebVisor asks for', () => {
  const open = 'open|/api/hosts|401|200|application/json'
  const by = (directive: string) => `directive|/api/hosts|9|${site}|${directive}`

  it('comes from a cache', () => {
    const report = verdictOn(open, by('proxy_pass http://127.0.0.1:8080'), by('proxy_cache panel'))
    expect(causes(report)).toEqual(['nginx.stored-answer'])
    expect(finding(report, 'nginx.stored-answer')).toMatchObject({
      subject: `${site}:9`,
      title: 'nginx gives what it has kept of /api/hosts to everybody, in place of asking DebVisor',
      detail: expect.stringContaining(`proxy_cache panel, ${site}:9`),
    })
  })

  it('is a symptom where nothing tells why', () => {
    expect(causes(verdictOn(open, by('proxy_set_header Host')))).toEqual(['front.open'])
  })

  it.each(['Authorization', 'X-Remote-User', 'Cookie', 'X-Api-Key'])(
    'is let in by a header that nginx adds: %s',
    (header) => {
      expect(found(open, by(`proxy_set_header ${header}`))).toEqual(['healthy'])
    },
  )
})

describe('what nginx rejects', () => {
  const rejected = (path: string) => `rejected|${path}|400|401|400 No required SSL certificate was sent`
  const asked = (path: string, via = 400) => `asked|${path}|401|${via}|application/json`

  it('is the cause where it is all that is asked, in the words of its page', () => {
    const lines = [
      asked('/api/hosts'),
      rejected('/'),
      rejected('/api/hosts'),
      `directive|/api/hosts|12|${site}|ssl_verify_client on`,
    ]
    const refused = `GET\t/api/hosts\t/var/log/nginx/access.log\tno\t4xx\t400\tnginx\t3\t60\t9\t4\t0\t0\t2\t0\t0\t/api/hosts\t400\t200\n`
    const report = diagnose('websocket', { changes: { answers: answers(...lines), requests: refused } })
    expect(causes(report)).toEqual(['front.rejects'])
    expect(finding(report, 'front.rejects')).toMatchObject({
      title: 'nginx rejects every request with 400: 400 No required SSL certificate was sent',
      subject: `${site}:12`,
    })
  })

  it('is none where it is one path of several', () => {
    expect(found(asked('/api/hosts'), rejected('/api/hosts'), asked('/api/stats', 401))).toEqual(['healthy'])
  })
})

describe('what browsers do not use', () => {
  it('is the cause, at the line that makes it so', () => {
    const report = verdictOn(
      'unusable|/|200|nginx|browsers save the page in place of showing it (Content-Disposition: attachment)',
      `directive|/|14|${site}|add_header Content-Disposition attachment`,
    )
    expect(causes(report)).toEqual(['front.unusable'])
    expect(finding(report, 'front.unusable').subject).toBe(`${site}:14`)
  })
})

describe('a path that waits in nginx', () => {
  const waits = 'waits|/api/hosts|3000|12|no answer in that time'
  const by = (directive: string) => `directive|/api/hosts|9|${site}|${directive}`

  it('is a symptom', () => {
    const report = verdictOn(waits, by('limit_req zone=api burst=10 nodelay'))
    expect(causes(report)).toEqual(['front.waits'])
    expect(finding(report, 'front.waits')?.detail).toBe(
      "GET /api/hosts takes 12 ms at DebVisor's own port; through nginx it is no answer in that time of 3000 ms. Asked twice",
    )
  })

  it('is held back over a limit', () => {
    const report = verdictOn(waits, by('limit_req zone=api burst=60'))
    expect(causes(report)).toEqual(['nginx.requests-held'])
    expect(finding(report, 'nginx.requests-held')).toMatchObject({
      subject: `${site}:9`,
      detail: expect.stringContaining('limit_req zone=api burst=60'),
    })
    expect(found(by('limit_req zone=api burst=60'))).toEqual(['healthy'])
  })
})

describe('a script that nginx does not give', () => {
  it('is a cause, with where nginx looks for it', () => {
    const report = verdictOn(
      'lost|/static/panel.js|404|script|-',
      `directive|/static/panel.js|26|${site}|root /opt/debvisor/old`,
      'absent|/static/panel.js|0|-|/opt/debvisor/old',
    )
    expect(causes(report)).toEqual(['nginx.file-missing'])
    expect(finding(report, 'nginx.file-missing')).toMatchObject({
      title: 'nginx does not give /static/panel.js, which DebVisor has',
      subject: `${site}:26`,
      detail: expect.stringContaining('/opt/debvisor/old is not there'),
    })
  })
})

describe('a path that a client gets and is refused in turn', () => {
  const turns = 'turns|/dashboard/|5|3|3'
  const server = (port: number, line: number) =>
    `directive|/dashboard/|${line}|${site}|server 127.0.0.1:${port}`
  const next = (more: string): string =>
    `Id=debvisor-next.service\nLoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nTriggeredBy=\nExecMainStatus=0\nNRestarts=0\nAge=400\nConditionResult=yes\n${more}\n`
  const judged = (
    lines: readonly string[],
    unit = next('EnvironmentFiles=/etc/default/debvisor-next (ignore_errors=yes)'),
  ) =>
    diagnose('websocket', {
      variables: { services: 'debvisor-next' },
      changes: {
        answers: answers(...lines),
        other_units: unit,
        listeners: `${healthy.listeners}tcp LISTEN 0 5 127.0.0.1:8081 0.0.0.0:* uid:33 ino:1 sk:1 cgroup:/system.slice/debvisor-next.service <->\n`,
      },
    })

  it('is shared between two instances with settings of their own', () => {
    const report = judged([turns, server(8080, 3), server(8081, 4)])
    expect(causes(report)).toEqual(['debvisor.sessions-not-shared'])
    expect(finding(report, 'debvisor.sessions-not-shared')).toMatchObject({
      subject: `debvisor-next.service (${site}:3)`,
      detail: expect.stringContaining('/etc/default/debvisor-next'),
    })
  })

  it('is none of one instance, of a group that keeps users apart, or of instances with the same settings', () => {
    expect(judged([turns, server(8080, 3)]).verdict).toBe('healthy')
    expect(
      judged([turns, server(8080, 3), server(8081, 4), `directive|/dashboard/|2|${site}|ip_hash`]).verdict,
    ).toBe('healthy')
    expect(judged([server(8080, 3), server(8081, 4)]).verdict).toBe('healthy')
  })
})

describe('a login that nginx takes away', () => {
  const stripped = `stripped|/api/|31|${site}|proxy_set_header Cookie (empty)`
  const refused = (path: string, since: number) =>
    `GET\t${path}\t/var/log/nginx/access.log\tno\t401\t401\tother\t1\t18\t18\t1\t0\t${since}\t1\t0\t0\t${path}\t-\t-1\n`
  const judged = (requests: string, ...lines: readonly string[]) =>
    diagnose('performance', { changes: { answers: answers(...lines), requests } })

  it('is a cause where users are refused there', () => {
    const report = judged(refused('/api/stats', 0), stripped)
    expect(causes(report)).toEqual(['nginx.login-stripped'])
    expect(finding(report, 'nginx.login-stripped')).toMatchObject({
      title: 'nginx takes away what says who asks, on the way to DebVisor: proxy_set_header Cookie (empty)',
      subject: `${site}:31`,
      detail: expect.stringContaining(
        'GET /api/stats with 401 (1 times, the last 18 s ago, and nobody was served since)',
      ),
    })
  })

  it('is none where users are served, where nobody asks, or elsewhere', () => {
    expect(judged(refused('/api/stats', 4), stripped).verdict).toBe('healthy')
    expect(judged('', stripped).verdict).toBe('healthy')
    expect(judged(refused('/auth/token', 0), stripped).verdict).toBe('healthy')
    expect(judged(refused('/api/stats', 0)).verdict).toBe('healthy')
  })
})

describe('an answer of the API that browsers keep', () => {
  const kept = (own = 0) => `kept|/api/hosts|43200|${own}|Cache-Control: max-age=43200`
  const by = (what: string) => `directive|/api/hosts|21|${site}|${what}`

  it.each(['expires 12h', 'add_header Cache-Control max-age=43200'])('is kept by nginx: %s', (what) => {
    const report = verdictOn(kept(), by(what))
    expect(causes(report)).toEqual(['nginx.browser-caches'])
    expect(finding(report, 'nginx.browser-caches')).toMatchObject({
      subject: `${site}:21: ${what}`,
      detail: expect.stringContaining('43200 s without asking again'),
    })
  })

  it('is told where nothing says by which line', () => {
    expect(
      finding(verdictOn(kept(), by('add_header X-Frame-Options DENY')), 'nginx.browser-caches').subject,
    ).toBe('/api/hosts')
  })

  it('may be kept for some minutes on purpose', () => {
    expect(found(kept().replaceAll('43200', '600'), by('expires 10m'))).toEqual(['healthy'])
  })

  it('is as DebVisor wants it where it says so itself', () => {
    expect(found(kept(43200))).toEqual(['healthy'])
  })
})

describe('browsers that nginx refuses by a header', () => {
  const agent = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0 Safari/537.36'
  const rule = `directive|/|9|${site}|if ($http_user_agent ~ Chrome/(1?[0-9])) { return 403 }`

  it('are told with the rule', () => {
    const report = verdictOn(`refused|/|403|200|${agent}`, rule)
    expect(causes(report)).toEqual(['nginx.refuses-header'])
    expect(finding(report, 'nginx.refuses-header')).toMatchObject({
      title: 'nginx refuses browsers by their User-Agent: GET / gets 403',
      subject: `${site}:9: if ($http_user_agent ~ Chrome/(1?[0-9])) { return 403 }`,
      detail: expect.stringContaining('DebVisor gives both the same; nginx has if ($http_user_agent'),
    })
  })

  it('are told without one where none is found', () => {
    expect(finding(verdictOn(`refused|/|403|200|${agent}`), 'nginx.refuses-header').subject).toBe('/')
  })

  it('are no trouble where nobody was refused', () => {
    expect(found(rule)).toEqual(['healthy'])
  })
})

describe('what nginx gives all the same', () => {
  const key = `directive|/api/hosts|19|${site}|proxy_cache_key $scheme$host$uri`
  const cache = `directive|/api/hosts|17|${site}|proxy_cache figures`

  it.each([
    ['query|?host=2 and ?host=3', 'one answer of /api/hosts whatever the query asks for', [cache, key], '19'],
    ['session|-', 'all browsers the same Socket.IO session', [cache], '17'],
    ['cookie|session', 'all browsers the same cookie session', [cache], '17'],
  ])('is told with what keeps it: %s', (shared, title, lines, line) => {
    const report = verdictOn(`shared|/api/hosts|0|${shared}`, ...lines)
    expect(causes(report)).toEqual(['nginx.one-answer-for-all'])
    const told = finding(report, 'nginx.one-answer-for-all')
    expect(told.title).toBe(`nginx gives ${title}`)
    expect(told.subject).toContain(`${site}:${line}: proxy_cache`)
  })

  it('is no trouble where a cache has nothing confused', () => {
    expect(found(cache, key)).toEqual(['healthy'])
  })
})

describe('what DebVisor refuses as nginx passes it on', () => {
  const users = {
    requests:
      'GET|/api/hosts|/var/log/nginx/access.log|no|4xx|400|other|9|60|1|5|0|0|1|0|0|/api/hosts|400|401\n'.replaceAll(
        '|',
        '\t',
      ),
  }
  const refused = ['/', '/api/hosts'].flatMap((path) => [
    `rejected|${path}|400|200|Bad Request`,
    `passed|${path}|400|200|Bad Request`,
  ])
  const ssl = `refusing|/api/hosts|37|${site}|proxy_set_header X-Forwarded-Ssl off`
  const rejection = (...lines: readonly string[]) =>
    diagnose('websocket', { changes: { ...users, answers: answers(...refused, ...lines) } })

  it('is told with the header that it refuses', () => {
    const report = rejection('replayed|/api/hosts|400|200|-', ssl)
    expect(causes(report)).toEqual(['nginx.request-refused'])
    expect(finding(report, 'nginx.request-refused')).toMatchObject({
      title: 'DebVisor refuses what nginx sets on its requests: proxy_set_header X-Forwarded-Ssl off',
      subject: `${site}:37: proxy_set_header X-Forwarded-Ssl off`,
    })
  })

  it('is never called a refusal of nginx', () => {
    const report = rejection()
    expect(causes(report)).toContain('front.rejects')
    expect(finding(report, 'front.rejects').title).toBe(
      'DebVisor rejects every request that nginx passes on, with 400: Bad Request',
    )
  })

  it('is no trouble where it refuses one path, whatever nginx sets', () => {
    expect(found('passed|/api/hosts|403|200|-', 'replayed|/api/hosts|403|200|-')).toEqual(['healthy'])
  })
})

describe('headers that nginx adds, changes or hides', () => {
  it.each([
    [
      'Clear-Site-Data|"cookies"',
      'add_header Clear-Site-Data "cookies" always',
      'nginx tells browsers to forget who is logged in: Clear-Site-Data "cookies"',
    ],
    [
      'Set-Cookie|session=; ended',
      'add_header Set-Cookie session=',
      'nginx tells browsers to forget who is logged in: Set-Cookie session=; ended',
    ],
    [
      'Content-Security-Policy|sandbox allow-forms',
      'add_header Content-Security-Policy sandbox allow-forms',
      'nginx forbids pages their scripts: Content-Security-Policy sandbox allow-forms',
    ],
    [
      "Content-Security-Policy|default-src 'none'; img-src 'self'",
      "add_header Content-Security-Policy default-src 'none'",
      "nginx forbids pages their scripts: Content-Security-Policy default-src 'none'; img-src 'self'",
    ],
  ])('do harm: %s', (header, directive, title) => {
    const report = verdictOn(`header|/|0|${header}`, `directive|/|31|${site}|${directive}`)
    expect(causes(report)).toEqual(['nginx.harmful-header'])
    expect(finding(report, 'nginx.harmful-header')).toMatchObject({
      title,
      subject: `${site}:31: ${directive}`,
    })
  })

  it.each([
    ['Clear-Site-Data|"cache"'],
    ["Content-Security-Policy|default-src 'none'; script-src 'self'"],
    ['Content-Security-Policy|sandbox allow-scripts allow-same-origin'],
    ["Content-Security-Policy|frame-ancestors 'none'"],
  ])('do none: %s', (header) => {
    expect(found(`header|/|0|${header}`)).toEqual(['healthy'])
  })

  const signin = 'signin|/auth/login|0|-|-'
  it.each([
    ['proxy_hide_header Set-Cookie', true],
    ['proxy_cookie_flags ~ nosecure samesite=none', true],
    ['proxy_cookie_flags ~ secure samesite=none', false],
    ['proxy_cookie_flags ~ samesite=lax', false],
    ['proxy_hide_header X-Powered-By', false],
  ])('keep browsers from the cookie of a login, or not: %s', (directive, isLost) => {
    const line = `directive|/auth/login|52|${site}|${directive}`
    const report = verdictOn(signin, line)
    expect(causes(report)).toEqual(isLost ? ['nginx.cookie-changed'] : [])
    if (isLost)
      expect(finding(report, 'nginx.cookie-changed')).toMatchObject({
        subject: `${site}:52`,
        detail: expect.stringMatching(/browsers do not keep the cookie of who signs in$/),
      })
    expect(found(line)).toEqual(['healthy'])
  })

  it('do not keep a cookie from them that nginx gives itself', () => {
    const lines = ['proxy_hide_header Set-Cookie', 'add_header Set-Cookie $sid; Secure'].map(
      (directive) => `directive|/auth/login|52|${site}|${directive}`,
    )
    expect(found(signin, ...lines)).toEqual(['healthy'])
  })
})

describe('a file behind a symbolic link', () => {
  const lost = (owner: string, directive: string) =>
    finding(
      verdictOn(
        'lost|/static/app.js|404|script|-',
        `directive|/static/app.js|30|${site}|root /opt/panel`,
        `directive|/static/app.js|9|/etc/nginx/nginx.conf|disable_symlinks ${directive}`,
        `linked|/static/app.js|0|${owner}|/opt/panel/static -> static-1.4.2`,
      ),
      'nginx.file-missing',
    )

  it('is kept from nginx by disable_symlinks', () => {
    const { subject, detail, resolution } = lost('same', 'on')
    expect(subject).toBe('/etc/nginx/nginx.conf:9: disable_symlinks on')
    expect(detail).toContain('/opt/panel/static -> static-1.4.2')
    expect(resolution.join()).toContain('disable_symlinks off')
    expect(lost('other', 'if_not_owner').subject).toContain('disable_symlinks if_not_owner')
  })

  it('is not where its owner is the right one', () => {
    expect(lost('same', 'if_not_owner').subject).toBe(`${site}:30`)
  })
})
