import { describe, expect, test } from '@jest/globals'
import { ERRORS } from '../../src/domain/errors.ts'
import { refusal } from '../../src/kubernetes/answer.ts'
import { readSources } from '../support/sources.ts'

const sources = readSources('src', 'activities', 'workflows').filter(({ path }) => path !== 'src/domain/errors.ts')
const thrown = sources.flatMap(({ text }) =>
  [...text.matchAll(/new OperatorError\(\s*'(\w+)'/g)].map(([, code]) => code),
)

describe('the table of errors', () => {
  test('has every code that is thrown', () => {
    expect(thrown.length).toBeGreaterThan(10)
    expect([...new Set(thrown)].filter((code) => !(String(code) in ERRORS))).toEqual([])
  })

  test('has no code that nobody uses', () => {
    const used = (code: string): boolean => sources.some(({ text }) => new RegExp(`\\b${code}\\b`).test(text))
    expect(Object.keys(ERRORS).filter((code) => !used(code))).toEqual([])
  })

  test.each(Object.entries(ERRORS))(
    'says of %s what happened and what to do, in sentences',
    (code, { meaning, remedy }) => {
      expect(code).toMatch(/^[A-Z][A-Za-z]+$/)
      for (const text of [meaning, remedy]) expect(text).toMatch(/^([A-Z]|mysqld |spec\.).{10,}\.$/)
    },
  )
})

describe('an answer of the API server', () => {
  test.each([
    [401, 'Forbidden'],
    [403, 'Forbidden'],
    [409, 'Conflict'],
    [422, 'KubernetesRefused'],
    [400, 'KubernetesRefused'],
    [429, 'KubernetesUnavailable'],
    [500, 'KubernetesUnavailable'],
    [503, 'KubernetesUnavailable'],
  ])('with status %d is %s', (status, code) => {
    expect(refusal('GET /x', status, '{}')).toMatchObject({ code })
  })

  test('is told with its own message', () => {
    expect(refusal('PATCH /x', 422, '{"message":"spec.size: too big"}').message).toBe(
      'KubernetesRefused: PATCH /x: spec.size: too big',
    )
  })

  test('that is no JSON is told without its body', () => {
    expect(refusal('GET /x', 502, '<html>secret</html>').message).toBe('KubernetesUnavailable: GET /x: HTTP 502')
  })
})
