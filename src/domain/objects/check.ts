/** Exit codes by which the start of a member says that its image is at fault, or that its volume is too small. mysqld has none of them. */
export const EXIT = { notMySQL: 90, tooOld: 91, refused: 92, noRoom: 93 } as const

/** The oldest MySQL that can be run: the group's traffic on MySQL's own port came with it. */
export const OLDEST = { major: 8, minor: 0, patch: 27 } as const

const { major, minor, patch } = OLDEST
const oldest = `${major}.${minor}.${patch}`

/** Ends with one of those codes, and says why, when the image has not what a member needs. Only what is in sh itself is used. */
export const CHECK = `#!/bin/sh
for program in mysqld mysql; do
  command -v $program >/dev/null || { echo "there is no $program in it" >&2; exit ${EXIT.notMySQL}; }
done
version=$(mysqld --version 2>&1)
number=\${version#*Ver }
number=\${number%%[!0-9.]*}
case "$version $number" in
  *MariaDB* | *' ') echo "its mysqld is not of MySQL: $version" >&2; exit ${EXIT.notMySQL} ;;
esac
IFS=.
set -- $number
[ $(($1 * 10000 + \${2:-0} * 100 + \${3:-0})) -ge ${major * 10000 + minor * 100 + patch} ] || {
  echo "MySQL $number is older than ${oldest}" >&2
  exit ${EXIT.tooOld}
}
`
