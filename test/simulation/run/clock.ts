export const SECOND = 1_000
export const MINUTE = 60 * SECOND
/** Where the story of every seed begins. */
export const BEGINNING = Date.UTC(2026, 0, 1)
