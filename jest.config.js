/** One Jest project a tier; the heavy ones run in band (see test/README.md). */
const project = (name, extra = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  ...extra,
})

export default {
  workerIdleMemoryLimit: '512MB',
  projects: [
    project('unit'),
    project('workflow', { testTimeout: 30_000 }),
    project('apiserver', { testTimeout: 60_000 }),
    project('e2e'),
  ],
}
