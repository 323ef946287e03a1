import { describe, expect, test } from '@jest/globals'
import { OperatorError } from '../../src/domain/errors.ts'
import { createLog } from '../../src/log.ts'

const SECRET = 'hunter2hunter2'

const logged = (fields: object): string => {
  const lines: string[] = []
  createLog('info', 'worker', { write: (line) => lines.push(line) }).info(fields, 'said')
  return lines.join('')
}

describe('the log', () => {
  test.each<[string, object]>([
    ['a password', { password: SECRET }],
    ['the accounts of a cluster', { access: { operator: SECRET, replication: SECRET, authority: SECRET } }],
    ['a Secret of Kubernetes', { secret: { stringData: { app: SECRET }, data: { app: SECRET } } }],
    ['the headers of a request', { request: { headers: { authorization: SECRET } } }],
    ['the statement that a driver adds to its error', { err: Object.assign(new Error('refused'), { sql: SECRET }) }],
    [
      'the same, beneath another error',
      { err: new Error('x', { cause: Object.assign(new Error('y'), { sql: SECRET }) }) },
    ],
  ])('never shows %s', (_, fields) => {
    expect(logged(fields)).not.toContain(SECRET)
  })

  test('shows an expected error as its code and causes, without a stack', () => {
    const err = new OperatorError('MemberUnreachable', 'shop-0: no answer', { cause: new Error('ECONNREFUSED') })
    const { err: shown } = JSON.parse(logged({ err }))
    expect(shown).toEqual({
      code: 'MemberUnreachable',
      message: 'MemberUnreachable: shop-0: no answer',
      causes: ['ECONNREFUSED'],
    })
  })

  test('shows an unexpected error with its stack', () => {
    expect(JSON.parse(logged({ err: new TypeError('oh') })).err.stack).toContain('TypeError: oh')
  })
})
