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
  // A machine that does much else at the same time is slow, and no test is one of its speed.
  testTimeout: 60_000,
  projects: [
    project('unit'),
    project('workflow'),
    project('replay'),
    project('simulation'),
    project('apiserver', { globalSetup: '<rootDir>/test/apiserver/setup.ts' }),
    project('e2e', { globalSetup: '<rootDir>/test/e2e/setup.ts' }),
    project('full', { globalSetup: '<rootDir>/test/e2e/setup.ts' }),
    project('chaos', { globalSetup: '<rootDir>/test/e2e/setup.ts' }),
  ],
}
