import { AGENT_PATHS } from '../agent-paths.ts'
import { PATHS } from '../mycnf.ts'
import { PORTS } from '../names.ts'
import { SAMPLE_FUNCTIONS } from './sample-script.ts'

/**
 * Settings of a server that nobody connects to but this pod: those of the cluster, as what decides the layout of the data must be
 * the same, and over them what makes it small and silent. It has no certificates of its own and must not leave any in the data.
 */
const QUIET = `socket=${PATHS.socket}
pid_file=${PATHS.run}/mysqld.pid
tmpdir=/tmp
skip_networking=ON
skip_log_bin
super_read_only=OFF
read_only=OFF
event_scheduler=OFF
skip_replica_start=ON
ssl_ca=
ssl_cert=
ssl_key=
admin_ssl_ca=
admin_ssl_cert=
admin_ssl_key=
loose_auto_generate_certs=OFF
loose_sha256_password_auto_generate_rsa_keys=OFF
loose_caching_sha2_password_auto_generate_rsa_keys=OFF
innodb_buffer_pool_size=64M
innodb_buffer_pool_instances=1
innodb_buffer_pool_load_at_startup=OFF
innodb_buffer_pool_dump_at_shutdown=OFF
innodb_use_native_aio=OFF
max_connections=16
table_open_cache=256
table_definition_cache=400
thread_cache_size=0`

/** Functions for scripts that run such a server; each ends the script with what mysqld said when it does not do what it should. */
export const SERVER_FUNCTIONS = `set -eu
umask 027
# Process 1 ignores what it has no trap for.
trap 'exit 143' TERM INT
run=${PATHS.run}
pid=
cat ${PATHS.config}/my.cnf > $run/my.cnf
cat >> $run/my.cnf <<EOF
${QUIET}
secure_file_priv=$run/said
EOF
mkdir -p $run/said
fail() {
  echo "$1" >&2
  grep ERROR $run/error.log >&2 || tail -n 5 $run/error.log >&2
  exit 1
}
# The server on this data directory; what else is said to it comes after that.
start() {
  directory=$1
  shift
  mysqld --defaults-file=$run/my.cnf --datadir=$directory --log-error=$run/error.log "$@" &
  pid=$!
}
# Waits for a file that the server writes.
await() {
  until [ -e "$1" ]; do
    kill -0 $pid 2>/dev/null || fail "mysqld has ended before it was done"
    sleep 0.2
  done
}
stop() {
  kill -TERM $pid
  wait $pid || fail "mysqld did not stop as it should"
}
`

/**
 * Makes a copy of a running member: a server without data asks the donor for its own, into a directory beside. Then a server is
 * started on the copy once, which proves that it starts, and is asked what it holds: a copy of this kind does not tell by itself.
 */
export const COPY_SCRIPT = `${SERVER_FUNCTIONS}${SAMPLE_FUNCTIONS}scratch=${AGENT_PATHS.scratch}
rm -rf $scratch/empty $scratch/copy $scratch/said
mysqld --defaults-file=$run/my.cnf --datadir=$scratch/empty --log-error=$run/error.log --initialize-insecure --gtid-mode=OFF --enforce-gtid-consistency=OFF --innodb-flush-method=nosync --innodb-doublewrite=OFF || fail "the server that copies could not be made"
start $scratch/empty
await ${PATHS.socket}
{
  printf "SET GLOBAL clone_valid_donor_list = '%s:${PORTS.mysql}';\\n" "$DONOR"
  printf "SET GLOBAL clone_ssl_ca = '${PATHS.tls}/ca.crt';\\n"
  printf "CLONE INSTANCE FROM backup@'%s':${PORTS.mysql} IDENTIFIED BY '%s' DATA DIRECTORY = '$scratch/copy' REQUIRE SSL;\\n" "$DONOR" "$(cat ${PATHS.secrets}/backup)"
} > $run/clone.sql
mysql --no-defaults --user=root --socket=${PATHS.socket} < $run/clone.sql 2> $run/clone.err || fail "the copy of $DONOR failed: $(cat $run/clone.err)"
rm $run/clone.sql
stop
rm -rf $scratch/empty
mkdir $scratch/said
start $scratch/copy --skip-grant-tables
await ${PATHS.socket}
describe $scratch/said
prove_accounts
stop
`

/** Starts a server on data that were unpacked, and writes down what they hold and what is wrong with them. */
export const VERIFY_SCRIPT = `${SERVER_FUNCTIONS}${SAMPLE_FUNCTIONS}scratch=${AGENT_PATHS.scratch}
rm -rf $scratch/said
mkdir $scratch/said
start $scratch/copy --skip-grant-tables
await ${PATHS.socket}
describe $scratch/said
check_tables $scratch/said
prove_accounts
stop
`
