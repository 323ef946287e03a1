import { AGENT_PATHS } from '../agent-paths.ts'
import { PATHS } from '../mycnf.ts'

/**
 * What the donor noted of its group's relay logs, which are not in a copy: a member that begins with it reads them for ever, and
 * never becomes ONLINE in a group of its own (seen with 9.7).
 */
export const FORGET_CHANNELS = ['group_replication_applier', 'group_replication_recovery']
  .map((channel) => `RESET REPLICA ALL FOR CHANNEL '${channel}';`)
  .join('\n')

/** Of the server that replays, in its pod alone. */
export const REPLAY_ACCOUNT = 'operator_replay@localhost'

/**
 * Replays the segments that the agent brought, as relay logs of a source that nobody connects to, up to the point; then proves that
 * the data hold exactly what they should. The account is made without GTIDs, as this server has no binary log. What was replayed is
 * removed in the end, before the data get their name; a run that was interrupted begins with fresh data.
 */
export const REPLAY_SCRIPT = `replayed=
replay=${AGENT_PATHS.replay}
fresh=${PATHS.data}.new
sql() {
  mysql --defaults-file=$run/replay.cnf -NB 2> $run/replay.err || fail "replaying the binary logs: $(cat $run/replay.err)"
}
if [ -e $replay/relay.000001 ]; then
  secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
  cat > $run/replay.sql <<EOF
${FORGET_CHANNELS}
DROP USER IF EXISTS ${REPLAY_ACCOUNT};
CREATE USER ${REPLAY_ACCOUNT} IDENTIFIED BY '$secret';
GRANT RELOAD, REPLICATION_SLAVE_ADMIN ON *.* TO ${REPLAY_ACCOUNT};
GRANT SELECT ON performance_schema.* TO ${REPLAY_ACCOUNT};
SELECT 'made' INTO OUTFILE '${PATHS.run}/said/replay';
EOF
  printf '[client]\\nuser=operator_replay\\npassword=%s\\nsocket=${PATHS.socket}\\n' "$secret" > $run/replay.cnf
  mv $replay/relay.[0-9]* $replay/relay.index $fresh/
  start $fresh --init-file=$run/replay.sql --relay-log=relay --relay-log-index=relay.index --relay-log-recovery=OFF --innodb-flush-log-at-trx-commit=2
  await $run/said/replay
  await ${PATHS.socket}
  expected=$(cat $replay/expected)
  until=$(cat $replay/until)
  echo "CHANGE REPLICATION SOURCE TO RELAY_LOG_FILE = 'relay.000001', RELAY_LOG_POS = 4, SOURCE_HOST = 'nowhere'; START REPLICA SQL_THREAD\${until:+ UNTIL SQL_BEFORE_GTIDS = '$until'};" | sql
  while :; do
    place=$(echo "SELECT service_state, GTID_SUBSET('$expected', @@GLOBAL.gtid_executed) FROM performance_schema.replication_applier_status WHERE channel_name = '';" | sql)
    case $place in
      *1) break ;;
      OFF*) fail "replaying the binary logs ended early: $(echo "SELECT last_error_message FROM performance_schema.replication_applier_status_by_coordinator UNION SELECT last_error_message FROM performance_schema.replication_applier_status_by_worker;" | sql)" ;;
    esac
    kill -0 $pid 2>/dev/null || fail "mysqld has ended before it was done"
    sleep 0.5
  done
  echo "STOP REPLICA SQL_THREAD;" | sql
  more=$(echo "SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '$expected');" | sql)
  [ -z "$more" ] || fail "the replay went beyond the point: $more"
  echo "RESET REPLICA ALL;" | sql
  stop
  rm -f $run/replay.sql $run/replay.cnf $fresh/relay.[0-9]* $fresh/relay.index
  # Channels can be forgotten once.
  replayed=yes
fi
rm -rf $replay
`
