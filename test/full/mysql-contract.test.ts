import { afterAll } from '@jest/globals'
import { bareMembers } from '../e2e/stage/bare-members.ts'
import { contract } from '../support/mysql-contract.ts'

const LIMIT_MS = 10 * 60_000
const bench = bareMembers()

afterAll(() => bench.end(), LIMIT_MS)

contract(bench, LIMIT_MS)
