import { EXIT } from './check.ts'

/**
 * `room.sh <volume> <what> <path>…`: ends with a code of its own, and says why, when the volume has not as much room left as these
 * paths take. It only looks. Where the image cannot tell sizes, it lets pass, as MySQL itself looks for room before it copies.
 */
export const ROOM = `#!/bin/sh
volume=$1
what=$2
shift 2
need=0
for path in "$@"; do
  [ -e "$path" ] || continue
  size=$(du -sk "$path" 2>/dev/null) || true
  size=\${size%%[!0-9]*}
  need=$((need + \${size:-0}))
done
free=$(df -Pk "$volume" 2>/dev/null | { read -r _ && read -r _ _ _ free _ && echo "$free"; }) || true
case $free in '' | *[!0-9]*) exit 0 ;; esac
[ "$free" -lt "$need" ] || exit 0
echo "there is no room to keep $what beside a copy of another member: $((need / 1024 + 1)) MiB are needed, $((free / 1024)) MiB are free" >&2
exit ${EXIT.noRoom}
`
