/** The API group of every kind; also the prefix of our labels, annotations and finalizers. */
export const GROUP = 'example.com'
export const VERSION = 'v1'
export const API_VERSION = `${GROUP}/${VERSION}`
