import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'

// Run at image build: node dist/src/worker/bundle.js <target>. The worker then starts without webpack's two seconds.
const [target] = process.argv.slice(2)
if (!target) throw new Error('usage: bundle.js <file to write>')
const here = import.meta.url
const workflowsPath = fileURLToPath(new URL(`../../workflows/index.${here.endsWith('.ts') ? 'ts' : 'js'}`, here))
const { code } = await bundleWorkflowCode({ workflowsPath })
writeFileSync(target, code)
