import { afterAll } from '@jest/globals'
import { contract } from '../support/mysql-contract.ts'
import { bareMembers } from './stage/bare-members.ts'

const LIMIT_MS = 10 * 60_000
const bench = bareMembers()

afterAll(() => bench.end(), LIMIT_MS)

contract(bench, LIMIT_MS)
