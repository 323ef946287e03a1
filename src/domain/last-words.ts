/** mysqld's own conclusion from the error before it. */
const CONSEQUENCES = /\[MY-(010119|013236|013455)\]/
const ERROR = /\[ERROR\] (?:\[(MY-\d+)\] )?(?:\[\w+\] )?/
/** What mysqld says besides: where it was just then, never why it ended. */
const CHATTER = /\[(?:System|Warning|Note)\] \[MY-\d+\]/
/** Our passwords. No log should have one, so this never matters; if it did, it would matter much. */
const SECRETS = /[A-Za-z0-9]{32,}/g
const LENGTH = 300

/** A text of others as one line, short enough for a status, without anything that may be a password. */
export const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').replace(SECRETS, '…').trim()
  return line.length <= LENGTH ? line : `${line.slice(0, LENGTH - 1)}…`
}

/**
 * The line that tells why a container ended, out of the end of its log: the first error of mysqld that is not only
 * a consequence of another, else the last line that mysqld did not say of its own course. Empty when there is none.
 */
export const lastWords = (log: string): string => {
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const error = lines.find((line) => ERROR.test(line) && !CONSEQUENCES.test(line))
  if (error === undefined) return oneLine(lines.findLast((line) => !CHATTER.test(line)) ?? '')
  const code = ERROR.exec(error)?.[1]
  const words = error.slice(error.search(ERROR)).replace(ERROR, '')
  return oneLine(code ? `${code} ${words}` : words)
}
