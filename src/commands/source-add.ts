// npm run source:add -- <name> --kind openapi|graphql|soap|sql [--spec file]: a new source, with everything hidden until it is decided whose it is.
import { addSource } from '../source-add/add-source.js'
import { SourceAddFault } from '../source-add/fault.js'
import { readRequest } from '../source-add/read-request.js'

// What libraries have to say while the schema is built does not belong to the answer.
console.info = () => undefined

async function main(): Promise<void> {
  const request = readRequest(process.argv.slice(2))
  const { names } = request
  const { written, hidden } = await addSource(request, process.cwd())
  console.log(`${names.pascal} is a source now. Written:\n${listed(written)}\n`)
  console.log(
    `Nothing of it is served before somebody has decided whose it is, in src/sources/${names.folder}/access.ts:\n${listed(hidden)}\n`,
  )
  console.log(`Next: docs/adding-a-source.md, from "Say whose it is". Its stand-in: node dist/simulator/sources/${names.folder}/main.js`)
}

function listed(lines: readonly string[]): string {
  return lines.map(line => `  ${line}`).join('\n')
}

main().catch((fault: unknown) => {
  console.error(fault instanceof SourceAddFault ? fault.message : fault)
  process.exitCode = 1
})
