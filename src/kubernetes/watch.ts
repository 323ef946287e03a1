import { refusal } from './answer.ts'
import type { Answer, Send } from './client.ts'

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: { readonly metadata: { readonly resourceVersion: string }; readonly code?: number }
}

/** The API server sends a bookmark about once a minute: longer silence means that the connection is dead. */
export const SILENCE_MS = 90_000

const lines = async function* (response: Answer, heard: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body ?? []) {
    heard()
    rest += decoder.decode(chunk, { stream: true })
    const complete = rest.split('\n')
    rest = complete.pop() ?? ''
    yield* complete.filter((line) => line !== '')
  }
}

/**
 * Yields the changes of a collection after `resourceVersion`, until the server ends the watch (after four to five minutes),
 * the connection breaks or goes silent (both throw), or `signal` aborts.
 */
export const watch = async function* (
  send: Send,
  path: string,
  query: Readonly<Record<string, string>>,
  resourceVersion: string,
  signal: AbortSignal,
  silenceMs = SILENCE_MS,
): AsyncGenerator<WatchEvent> {
  const silence = new AbortController()
  const arm = () => setTimeout(() => silence.abort(new Error('the watch went silent')), silenceMs)
  let timer = arm()
  const heard = () => {
    clearTimeout(timer)
    timer = arm()
  }
  try {
    const timeoutSeconds = `${240 + Math.floor(Math.random() * 60)}`
    const response = await send({
      method: 'GET',
      path,
      query: { ...query, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds, resourceVersion },
      signal: AbortSignal.any([signal, silence.signal]),
    })
    if (!response.ok) throw refusal(`WATCH ${path}`, response.status, await response.text())
    for await (const line of lines(response, heard)) yield JSON.parse(line) as WatchEvent
  } finally {
    clearTimeout(timer)
  }
}
