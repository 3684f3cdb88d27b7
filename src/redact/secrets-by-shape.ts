import type { Pattern } from './secret-pattern.ts'

/** Secrets that are told by their own shape, as their issuers document it. */
export const TOKENS: readonly Pattern[] = [
  {
    of: 'Slack tokens',
    hints: ['xox', 'xapp-'],
    pattern: String.raw`\b((?:xox[a-z]|xapp)(?:\.xox[a-z])?-[\w-]{8,})`,
  },
  {
    of: 'Slack webhooks and response URLs',
    hints: ['hooks.slack'],
    pattern: String.raw`\bhooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers|commands|actions)/([\w/-]{8,})`,
  },
  {
    of: 'GitHub tokens',
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: String.raw`\b(gh[pousr]_\w{20,}|github_pat_\w{20,})`,
  },
  {
    of: 'GitLab tokens',
    hints: ['glpat-', 'glptt-', 'gldt-', 'glrt-', 'glcbt-', 'glsoat-'],
    pattern: String.raw`\b(gl(?:pat|ptt|dt|rt|cbt|soat)-[\w.-]{20,})`,
  },
  {
    of: 'AWS access keys',
    hints: ['akia', 'asia', 'abia', 'acca'],
    pattern: String.raw`\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b`,
  },
  { of: 'Google API keys', hints: ['aiza'], pattern: String.raw`\b(AIza[\w-]{35})` },
  {
    of: 'Google OAuth tokens',
    hints: ['ya29.', 'gocspx-'],
    pattern: String.raw`\b(ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})`,
  },
  {
    of: 'Stripe and like keys',
    hints: ['sk_', 'rk_', 'whsec_'],
    pattern: String.raw`\b((?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{20,})`,
  },
  {
    of: 'OpenAI and Anthropic keys',
    hints: ['sk-'],
    pattern: String.raw`\b(sk-(?:[a-z]+[\d]*-)*[A-Za-z0-9_]{20,}[\w-]*)`,
  },
  {
    of: 'npm, PyPI, Docker, Hugging Face',
    hints: ['npm_', 'hf_', 'pypi-', 'dckr_pat_'],
    pattern: String.raw`\b((?:npm_|hf_|pypi-|dckr_pat_)[\w-]{20,})`,
  },
  {
    of: 'Vault and DigitalOcean tokens',
    hints: ['hvs.', 'hvb.', '_v1_'],
    pattern: String.raw`\b(hv[bs]\.[\w-]{20,}|do[opr]_v1_[a-f0-9]{40,})`,
  },
  { of: 'SendGrid keys', hints: ['sg.'], pattern: String.raw`\b(SG\.[\w-]{16,}\.[\w-]{16,})` },
  { of: 'Telegram bot tokens', hints: [':aa'], pattern: String.raw`\b(\d{8,10}:AA[\w-]{32,})` },
  { of: 'age keys', hints: ['age-secret-key-1'], pattern: String.raw`\b(AGE-SECRET-KEY-1[A-Z0-9]{20,})` },
  {
    of: 'JSON web tokens',
    hints: ['.eyj'],
    pattern: String.raw`\b(eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?)`,
  },
  {
    of: 'OpenSSH private keys without their header',
    hints: ['b3blbnnzac1rzxktdje'],
    pattern: String.raw`\b(b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]*)`,
  },
  {
    of: 'PostgreSQL SCRAM verifiers',
    hints: ['scram-sha-'],
    pattern: String.raw`(SCRAM-SHA-\d+\$\d+:[^\s"',|]+)`,
  },
  { of: 'PostgreSQL MD5 hashes', hints: ['md5'], pattern: String.raw`\b(md5[0-9a-f]{32})\b` },
  {
    of: 'crypt(3), bcrypt, argon2 and htpasswd hashes',
    hints: ['$'],
    pattern: String.raw`(\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|sha1|scrypt|argon2(?:i|d|id))\$[./A-Za-z0-9$,=+]{16,})`,
  },
  {
    of: 'Django password hashes',
    hints: ['pbkdf2_'],
    pattern: String.raw`\b(pbkdf2_sha\d+\$\d+\$[^\s"',$]+\$[^\s"',]+)`,
  },
]
