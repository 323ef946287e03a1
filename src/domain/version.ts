/** A MySQL version as compared: three numbers. */
export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** Parses `@@version`, which may carry a suffix (`9.7.0-1`, `8.0.43-debug`); undefined when it is no version. */
export const parseVersion = (text: string): Version | undefined => {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(text)
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined
}

/** As `@@version` begins. */
export const formatVersion = ({ major, minor, patch }: Version): string => `${major}.${minor}.${patch}`

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export const compareVersions = (a: Version, b: Version): number =>
  a.major - b.major || a.minor - b.minor || a.patch - b.patch
