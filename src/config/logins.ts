import type { Config } from './config.ts'

/** How one logs in to hosts to diagnose them. */
export const loginSettings = ({ knownHosts, ssh }: Config) => ({
  knownHostsFile: knownHosts,
  passphrase: ssh.passphrase,
})

/** How one logs in to mend them: through the same jump hosts, with a key of its own. */
export const fixLoginSettings = (config: Config) => ({
  ...loginSettings(config),
  fixPassphrase: config.fixes.passphrase,
})
