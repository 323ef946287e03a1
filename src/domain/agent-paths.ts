/** Where the containers of a Job find things: what the operator mounts, and the agent and the scripts read. */
export const AGENT_PATHS = {
  /** A volume that is the store, when it is one. */
  store: '/store',
  /** The keys of the Secret with the credentials. */
  credentials: '/etc/store-credentials',
  /** ca.crt of the Secret with the store's authority. */
  authority: '/etc/store-ca',
  /** The key of the Secret that the store encrypts with. */
  key: '/etc/store-key',
  /** What it takes to read the binary logs of members. */
  members: '/etc/members',
  scratch: '/scratch',
  /** On the volume of a member that is being restored: the segments to be replayed, and up to where. */
  replay: '/var/lib/mysql/replay',
  /** How it ended, for kubelet, and through the status of the pod for the operator. */
  result: '/dev/termination-log',
} as const

/** Of the key that a store encrypts with. */
export const KEY_BYTES = 32

/** Where the pod that archives tells what it does. */
export const ARCHIVE_PORT = 8080
