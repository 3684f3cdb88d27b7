/** What the file system says of a file: owner, group and mode. */
export interface FileMode {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

/** Whom this process runs as. */
export interface Self {
  readonly uid: number
  readonly gid: number
}

const OTHERS = 0o077
const ALL_BUT_GROUP_READ = 0o037

/**
 * Whether only this process and root can read a secret and only its owner can write it (S21).
 *
 * Service managers hand files to a process that is not root as root's, which it may read by its group: a Kubernetes secret with `fsGroup`
 * (root, its group, 0440), a systemd credential (root, root, 0440, where the bits of the group are the mask of an ACL). Nobody but root can
 * change such a file, so group-read alone is no hole there. A file of any other owner must be its owner's alone.
 */
export function isPrivate({ uid, gid, mode }: FileMode, self: Self = whoRuns()): boolean {
  if ((mode & OTHERS) === 0) return true
  const handedByRoot = uid === 0 && self.uid !== 0 && (gid === self.gid || gid === 0)
  return handedByRoot && (mode & ALL_BUT_GROUP_READ) === 0
}

/** Where there are no such numbers, no file is root's. */
const whoRuns = (): Self => ({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })
