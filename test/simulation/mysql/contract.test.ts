import { contract } from '../../support/mysql-contract.ts'
import { createBench } from './bench.ts'

contract(createBench(1), 30_000)
