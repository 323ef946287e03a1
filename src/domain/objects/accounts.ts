/** Those of the operator and of the cluster itself, least privilege each. `@name@` is replaced by the password of that account. */
const SYSTEM = `
CREATE USER operator@'%' IDENTIFIED BY '@operator@' REQUIRE SSL;
GRANT RELOAD, PROCESS, SHUTDOWN, CREATE USER, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO operator@'%';
GRANT SYSTEM_VARIABLES_ADMIN, PERSIST_RO_VARIABLES_ADMIN, GROUP_REPLICATION_ADMIN, REPLICATION_SLAVE_ADMIN, CONNECTION_ADMIN, SERVICE_CONNECTION_ADMIN, BACKUP_ADMIN, CLONE_ADMIN ON *.* TO operator@'%';
GRANT SELECT ON performance_schema.* TO operator@'%';
CREATE USER replication@'%' IDENTIFIED BY '@replication@' REQUIRE SSL;
GRANT REPLICATION SLAVE ON *.* TO replication@'%';
GRANT CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO replication@'%';
CREATE USER probe@'%' IDENTIFIED BY '@probe@' REQUIRE SSL;
GRANT SERVICE_CONNECTION_ADMIN ON *.* TO probe@'%';
GRANT SELECT ON performance_schema.replication_group_members TO probe@'%';
CREATE USER handover@localhost IDENTIFIED BY '@handover@';
GRANT GROUP_REPLICATION_ADMIN, CONNECTION_ADMIN ON *.* TO handover@localhost;
GRANT SELECT ON performance_schema.* TO handover@localhost;
CREATE USER backup@'%' IDENTIFIED BY '@backup@' REQUIRE SSL;
GRANT BACKUP_ADMIN ON *.* TO backup@'%';
CREATE USER archive@'%' IDENTIFIED BY '@archive@' REQUIRE SSL;
GRANT REPLICATION SLAVE ON *.* TO archive@'%';
GRANT SELECT ON performance_schema.replication_group_members TO archive@'%';
`.trim()

/** The accounts whose passwords the initialise script puts in, and the Secret key of each. */
export const SYSTEM_ACCOUNTS = ['operator', 'replication', 'probe', 'handover', 'backup', 'archive'] as const

/**
 * Those that the Secret of a cluster lacks which an earlier operator made. Their keys are added to it, as every pod mounts them; the
 * accounts themselves are only in data that were made since.
 */
export const LATER_ACCOUNTS: readonly (typeof SYSTEM_ACCOUNTS)[number][] = ['archive']

/** The accounts of a new cluster. */
export const ACCOUNTS = `
ALTER USER root@localhost ACCOUNT LOCK;
${SYSTEM}
CREATE DATABASE app;
CREATE USER app@'%' IDENTIFIED BY '@app@';
GRANT ALL ON app.* TO app@'%';
`.trim()

/**
 * The same accounts on the data of another cluster, whose passwords nobody has here. Those of the operator are made anew, so that
 * they have no more rights than these; that of the application keeps what it was granted.
 */
export const ACCOUNTS_AGAIN = `
ALTER USER root@localhost ACCOUNT LOCK;
DROP USER IF EXISTS operator@'%', replication@'%', probe@'%', handover@localhost, backup@'%', archive@'%';
${SYSTEM}
CREATE DATABASE IF NOT EXISTS app;
CREATE USER IF NOT EXISTS app@'%' IDENTIFIED BY '@app@';
ALTER USER app@'%' IDENTIFIED BY '@app@';
GRANT ALL ON app.* TO app@'%';
`.trim()
