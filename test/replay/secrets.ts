import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const texts = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  if (!('data' in value) || typeof value['data'] !== 'string') return Object.values(value).flatMap(texts)
  return [Buffer.from(value['data'], 'base64').toString()]
}

/** All texts in a history: those of its events, and those in its payloads. */
export const textsIn = (history: History): readonly string[] => texts(JSON.parse(historyToJSON(history)))

/** Our passwords are words of 32 letters, small and capital, and digits. */
const isPassword = (word: string): boolean => word.length === 32 && /[a-z]/.test(word) && /[A-Z]/.test(word)

/** Whether a text holds a word that looks like one of our passwords, or a private key. */
export const isSecret = (text: string): boolean =>
  text.includes('PRIVATE KEY') || text.split(/[^A-Za-z0-9]+/).some(isPassword)
