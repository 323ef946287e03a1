import { PATHS } from '../mycnf.ts'

/** How often a group is asked again that still counts this member, and one of which nobody was heard. */
const PATIENCE = { counted: 20, silent: 4 } as const

const SEEN = `SELECT IF(SUM(member_state IN ('ONLINE', 'RECOVERING')) * 2 > COUNT(*) AND SUM(member_id = @@server_uuid AND member_state = 'ONLINE') = 1, IF(SUM(member_host = '$MEMBER_HOST') > 0, 'counted', 'there'), 'none') FROM performance_schema.replication_group_members`

/**
 * Whether this member may look for its group at start: exit code 0. The arguments are its seeds, host:port. START at boot looks
 * for minutes when there is no group, and whoever could make one has to wait as long: so not when all others say that they have
 * none with a majority, or do not run. One that is only not reached may have it. While the others still count what this member
 * was before its restart they are asked again: until they notice, they let nobody of its name in.
 */
export const WHEREABOUTS = `#!/bin/sh
run=\${RUN:-${PATHS.run}}
ask() {
  timeout 4 mysql --defaults-extra-file=$run/probe.cnf --host="$1" -NBe "${SEEN}" 2>$run/failed.$2 && return
  # Nobody listens there (111), or there is no such host (2005).
  case "$(cat $run/failed.$2)" in *'(111)'* | *'ERROR 2005'*) echo none ;; *) echo silent ;; esac
}
tries=0
while :; do
  : > $run/heard
  number=0
  for seed in "$@"; do
    number=$((number + 1))
    [ "\${seed%:*}" = "$MEMBER_HOST" ] || ask "\${seed%:*}" $number >> $run/heard &
  done
  wait
  tries=$((tries + 1))
  case "$(cat $run/heard)" in
    *there*) exit 0 ;;
    *counted*) [ $tries -lt \${PATIENCE:-${PATIENCE.counted}} ] || exit 0 ;;
    *silent*) [ $tries -lt \${PATIENCE:-${PATIENCE.silent}} ] || exit 0 ;;
    *) exit 1 ;;
  esac
  sleep \${PAUSE:-0.5}
done
`
