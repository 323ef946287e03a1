import { PATHS } from '../mycnf.ts'
import { PORTS } from '../names.ts'
import { ACCOUNTS, SYSTEM_ACCOUNTS } from './accounts.ts'
import { CHECK } from './check.ts'
import { ROOM } from './room.ts'
import { STOP } from './stop.ts'
import { WHEREABOUTS } from './whereabouts.ts'

/**
 * Writes my.cnf and the client files of this member, makes the data directory on an empty volume, and becomes mysqld.
 * All in one container: kubelet takes one to two seconds between an init container and the next.
 * It is made as data.new, flushed, then renamed: a crash at any point leaves either no data directory or a whole one,
 * and data.new is the only thing that is ever removed. Until the flush nothing needs to be durable, hence nosync.
 * Without native AIO: its threads sleep through half a second and more of a start and a stop (measured: 1.7 s instead of 2.8 s).
 * The time zones are loaded with one statement a line, as an init file is read; an image without them does without.
 * Without GTIDs: the accounts are made on every member alike, and must not count as transactions that only one has.
 */
const START = `#!/bin/sh
set -eu
umask 077
# Process 1 ignores what it has no trap for: a pod deleted while it initialises would wait for its whole grace period.
trap 'exit 143' TERM INT
data=${PATHS.data}
new=$data.new
run=${PATHS.run}
password() { cat "${PATHS.secrets}/$1"; }

cat ${PATHS.config}/my.cnf > $run/my.cnf
cat >> $run/my.cnf <<EOF
server_id=$((1000 + \${POD_NAME##*-}))
report_host=$MEMBER_HOST
loose_group_replication_local_address=$MEMBER_HOST:${PORTS.mysql}
admin_address=$POD_IP
EOF
printf '[client]\\nuser=probe\\npassword=%s\\nhost=%s\\nport=${PORTS.admin}\\nprotocol=TCP\\nssl-mode=REQUIRED\\nconnect-timeout=2\\n' "$(password probe)" "$POD_IP" > $run/probe.cnf
printf '[client]\\nuser=handover\\npassword=%s\\nsocket=${PATHS.socket}\\nconnect-timeout=2\\n' "$(password handover)" > $run/handover.cnf

group=$(sed -n 's/^loose_group_replication_group_name=//p' $run/my.cnf)
persisted() { sed -n 's/.*"group_replication_'"$1"'": *{ *"Value": *"\\([^"]*\\)".*/\\1/p' $data/mysqld-auto.cnf; }
if [ -f $data/mysqld-auto.cnf ] && [ "$(persisted start_on_boot)" = ON ]; then
  # On the volume of a deleted cluster, or after an outage of all, its group is no more: looking for it would take minutes.
  [ "$(cat ${PATHS.volume}/group 2>/dev/null)" = "$group" ] && sh ${PATHS.config}/whereabouts.sh $(persisted group_seeds | tr , ' ') ||
    sed -i 's/\\("group_replication_start_on_boot": *{ *"Value": *"\\)ON"/\\1OFF"/' $data/mysqld-auto.cnf
fi
printf '%s' "$group" > ${PATHS.volume}/group

# What the operator asks of this start, once: to keep the logs beside the data, or to put data that cannot be read aside.
# Links cost no room at first, and what is linked or renamed is never removed here. A crash at any point only makes it happen
# again. Without room for what is kept and what comes in its place nothing is begun: there is no way back half-way.
asked=$(cat ${PATHS.pod}/rebuild 2>/dev/null || true)
did=$(cat ${PATHS.volume}/rebuild 2>/dev/null || true)
if [ -n "$asked" ] && [ "$asked" != "$did" ]; then
  case $asked in
    archive-*)
      if [ -d $data ]; then
        sh ${PATHS.config}/room.sh ${PATHS.volume} 'its logs' $data/binlog.[0-9]* $data/relay*.[0-9]* || exit $?
        mkdir -p "${PATHS.volume}/archive/$asked"
        for log in $data/binlog.[0-9]* $data/relay*.[0-9]*; do
          [ ! -e "$log" ] || ln -f "$log" "${PATHS.volume}/archive/$asked/"
        done
        sync -f "${PATHS.volume}/archive/$asked"
      fi ;;
    aside-*)
      if [ -d $data ]; then
        sh ${PATHS.config}/room.sh ${PATHS.volume} 'its old data' $data || exit $?
        mv $data "$data.damaged-$asked"
        sync -f ${PATHS.volume}
      fi ;;
  esac
  printf '%s' "$asked" > ${PATHS.volume}/rebuild.new
  sync -f ${PATHS.volume}
  mv ${PATHS.volume}/rebuild.new ${PATHS.volume}/rebuild
  sync -f ${PATHS.volume}
  did=$asked
fi
# Nobody reports as a user to its source here: it is how the operator sees what was done.
[ -z "$did" ] || printf 'report_user=%s\\n' "$did" >> $run/my.cnf

zones() {
  [ -d /usr/share/zoneinfo ] && command -v mysql_tzinfo_to_sql >/dev/null || return 0
  echo 'USE mysql;'
  mysql_tzinfo_to_sql /usr/share/zoneinfo 2>/dev/null | sed 's/Local time zone must be set--see zic manual page/FCTY/' | tr '\\n' ' ' | sed 's/; /;\\n/g'
}

serve() { exec mysqld --defaults-file=$run/my.cnf; }
[ -d $data ] && serve
sh ${PATHS.config}/check.sh || exit $?
rm -rf $new
trap 'rm -f $run/init.sql $run/passwords.sed' EXIT
for account in ${[...SYSTEM_ACCOUNTS, 'app'].join(' ')}; do printf 's/@%s@/%s/\\n' $account "$(password $account)"; done > $run/passwords.sed
sed -f $run/passwords.sed ${PATHS.config}/accounts.sql > $run/init.sql
zones >> $run/init.sql
mysqld --defaults-file=$run/my.cnf --initialize-insecure --datadir=$new --init-file=$run/init.sql --super-read-only=OFF --disable-log-bin --gtid-mode=OFF --enforce-gtid-consistency=OFF --innodb-flush-method=nosync --innodb-doublewrite=OFF --innodb-use-native-aio=OFF
sync -f $new
mv $new $data
sync -f $data
rm -f $run/init.sql $run/passwords.sed
serve
`

const PROBE = `#!/bin/sh
exec timeout 5 mysql --defaults-extra-file=${PATHS.run}/probe.cnf -NBe "$1"
`

/** Alive: mysqld answers at all. A member is never killed for the state of its group. */
const ALIVE = `#!/bin/sh
sh ${PATHS.config}/query.sh 'DO 1' >/dev/null
`

const READY = `#!/bin/sh
state=$(sh ${PATHS.config}/query.sh "SELECT member_state FROM performance_schema.replication_group_members WHERE member_host = '$MEMBER_HOST'") || exit 1
[ "$state" = ONLINE ]
`

/** The files of the ConfigMap that are the same for every cluster. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  'accounts.sql': `${ACCOUNTS}\n`,
  'start.sh': START,
  'check.sh': CHECK,
  'room.sh': ROOM,
  'whereabouts.sh': WHEREABOUTS,
  'query.sh': PROBE,
  'alive.sh': ALIVE,
  'ready.sh': READY,
  'stop.sh': STOP,
}
