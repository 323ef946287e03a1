import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'
import { FAILURE_CONVERTER } from '../temporal/connection.ts'

// Run at image build: node dist/src/worker/bundle.js <plain> <encrypting>. The worker then starts without webpack's two seconds.
const [plain, encrypting] = process.argv.slice(2)
if (!plain || !encrypting) throw new Error('usage: bundle.js <file to write> <file to write, for encrypted payloads>')
const here = import.meta.url
const workflowsPath = fileURLToPath(new URL(`../../workflows/index.${here.endsWith('.ts') ? 'ts' : 'js'}`, here))
writeFileSync(plain, (await bundleWorkflowCode({ workflowsPath })).code)
// How failures are written is part of the bundle: workflows tell of them, too.
writeFileSync(encrypting, (await bundleWorkflowCode({ workflowsPath, failureConverterPath: FAILURE_CONVERTER })).code)
