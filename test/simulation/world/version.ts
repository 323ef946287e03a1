/** The version of the MySQL in an image, which its tag names. */
export const versionOf = (image: string): string => {
  const [major = '9', minor = '7', patch = '0'] = /:v?(\d+(?:\.\d+)*)/.exec(image)?.[1]?.split('.') ?? []
  return `${major}.${minor}.${patch}`
}
