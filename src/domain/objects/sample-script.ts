import { PATHS } from '../mycnf.ts'

/** So many tables are looked at, always the same ones, and so many rows of each: what is asked must not cost more than the copy. */
const TABLES = 32
const ROWS = 10_000

/** A name between backticks, whatever it contains. */
const quoted = (name: string): string => `'\`', REPLACE(${name}, '\`', '\`\`'), '\`'`

/**
 * One statement for each table of the sample: it gives the table's name, how many rows were read in the order of the primary key,
 * and a checksum of them.
 */
const SAMPLE_SQL = `SET SESSION group_concat_max_len = 1000000;
SELECT statement FROM (
  SELECT CONCAT('SELECT JSON_OBJECT(''table'', ', QUOTE(CONCAT(t.s, '.', t.n)),
    ', ''rows'', COUNT(*), ''checksum'', LPAD(HEX(BIT_XOR(h)), 16, ''0'')) FROM (SELECT CAST(CONV(LEFT(SHA2(CONCAT_WS(0x00, ',
    (SELECT GROUP_CONCAT(CONCAT('ISNULL(', ${quoted('c.COLUMN_NAME')}, '), IFNULL(CAST(', ${quoted('c.COLUMN_NAME')}, ' AS BINARY), '''')') ORDER BY c.ORDINAL_POSITION)
       FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = t.s AND c.TABLE_NAME = t.n),
    '), 256), 16), 16, 10) AS UNSIGNED) AS h FROM ', ${quoted('t.s')}, '.', ${quoted('t.n')}, ' ORDER BY ',
    (SELECT GROUP_CONCAT(CONCAT(${quoted('k.COLUMN_NAME')}) ORDER BY k.SEQ_IN_INDEX)
       FROM information_schema.STATISTICS k WHERE k.TABLE_SCHEMA = t.s AND k.TABLE_NAME = t.n AND k.INDEX_NAME = 'PRIMARY'),
    ' LIMIT ${ROWS}) AS sampled;') AS statement
  FROM (
    SELECT i.TABLE_SCHEMA AS s, i.TABLE_NAME AS n FROM information_schema.TABLES i
    WHERE i.TABLE_TYPE = 'BASE TABLE' AND i.ENGINE = 'InnoDB'
      AND i.TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
    ORDER BY CRC32(CONCAT(i.TABLE_SCHEMA, '.', i.TABLE_NAME)), i.TABLE_SCHEMA, i.TABLE_NAME LIMIT ${TABLES}
  ) t
) statements WHERE statement IS NOT NULL;`

const CHECK_SQL = `SELECT CONCAT('CHECK TABLE ', ${quoted('t.TABLE_SCHEMA')}, '.', ${quoted('t.TABLE_NAME')}, ';')
FROM information_schema.TABLES t
WHERE t.TABLE_TYPE = 'BASE TABLE' AND t.TABLE_SCHEMA NOT IN ('sys', 'information_schema', 'performance_schema');`

/**
 * Functions for scripts that ask a server what its data hold. It runs without accounts and without a network, so that nothing of
 * its data has to be changed for that; in the end it has to read the accounts, as a server that serves does.
 */
export const SAMPLE_FUNCTIONS = `ask() {
  mysql --no-defaults --default-character-set=utf8mb4 --user=root --socket=${PATHS.socket} --batch --raw --skip-column-names --init-command="SET SESSION sql_mode = '', time_zone = '+00:00'" "$@"
}
# Which transactions the data hold, of which version the server is, and what some tables hold: files in a directory. A table that
# cannot be asked is left out: the sample is no reason against a backup.
describe() {
  ask --execute="SELECT REPLACE(@@GLOBAL.gtid_executed, CHAR(10), '')" > $1/gtids || fail "the transactions could not be read"
  ask --execute='SELECT VERSION()' > $1/version || fail "the version could not be read"
  cat > $run/sample.sql <<'SQL'
${SAMPLE_SQL}
SQL
  { ask < $run/sample.sql | ask --force > $1/tables 2>> $run/sample.err; } || true
}
check_tables() {
  cat > $run/check.sql <<'SQL'
${CHECK_SQL}
SQL
  { ask < $run/check.sql | ask --force > $1/checks 2>> $run/sample.err; } || true
}
prove_accounts() {
  ask --execute='FLUSH PRIVILEGES' || fail "the accounts could not be read"
}
`
