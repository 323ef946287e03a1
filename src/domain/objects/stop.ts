import { PATHS } from '../mycnf.ts'

/**
 * Before a member stops: hand the primary role to an ONLINE secondary and leave the group, so that a drain is no failover. Not to one
 * with transactions of its own, as the observer may not have come to tell of them; one that does not answer is the last choice.
 * Every step is bounded, and none of them may keep the pod from ending.
 */
export const STOP = `#!/bin/sh
run=\${RUN:-${PATHS.run}}
sql() { timeout "$1" mysql --defaults-extra-file=$run/handover.cnf -NBe "$2"; }
follows() {
  executed=$(timeout 2 mysql --defaults-extra-file=$run/probe.cnf --host="$1" -NBe "SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')") || return 2
  # It may have committed what the group agreed on a moment before this member does.
  for pause in 0.2 0; do
    [ "$(sql 2 "SELECT GTID_SUBTRACT('$executed', @@GLOBAL.gtid_executed) = ''")" != 1 ] || return 0
    sleep $pause
  done
  return 1
}
role=$(sql 5 "SELECT member_role FROM performance_schema.replication_group_members WHERE member_id = @@server_uuid AND member_state = 'ONLINE'")
if [ "$role" = PRIMARY ]; then
  next=
  silent=
  for other in $(sql 5 "SELECT CONCAT(member_id, '=', member_host) FROM performance_schema.replication_group_members WHERE member_role = 'SECONDARY' AND member_state = 'ONLINE' ORDER BY member_host"); do
    follows "\${other#*=}"
    case $? in
      0) next=\${other%%=*}; break ;;
      2) silent=\${silent:-\${other%%=*}} ;;
    esac
  done
  next=\${next:-$silent}
  [ -z "$next" ] || sql 20 "SELECT group_replication_set_as_primary('$next')"
fi
[ -z "$role" ] || sql 20 'STOP GROUP_REPLICATION'
exit 0
`
