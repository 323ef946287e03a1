import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './types.ts'

const FOLDER = join(import.meta.dirname, '../../../build/simulation')
const FILE = join(FOLDER, 'noticed.json')

const read = (): Record<string, number> => (existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {})

/** The seed that noticed this mutant last time: it is looked at first, which is faster and proves the same. */
export const remembered = ({ name }: Mutant): number | undefined => read()[name]

export const keep = ({ name }: Mutant, seed: number): void => {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(FILE, JSON.stringify({ ...read(), [name]: seed }, undefined, 2))
}
