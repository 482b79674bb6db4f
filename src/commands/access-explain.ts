// npm run --silent access:explain -- --login alice --file query.graphql --variables '{}': what would become of an operation.
import { readArguments } from '../access/explain-arguments.js'
import { findSubject } from '../access/explain-subject.js'
import { ExplainError, explainOperation } from '../access/explain.js'
import { formatExplanation } from '../access/format-explanation.js'
import { buildWholeSchema } from '../access/served-schema.js'
import { GatewayError } from '../errors.js'
import { servedAccess } from '../access/served-access.js'
import { givenEnvironment } from '../doctor/environment.js'
import { loadCacheSettings } from '../settings/cache.js'

// What libraries have to say while the schema is built does not belong to the text.
console.info = console.error

try {
  const { document, variables, operationName, ...given } = readArguments(process.argv.slice(2))
  const subject = await findSubject({ document, variables, operationName, ...given })
  const explanation = await explainOperation({
    schema: await buildWholeSchema(),
    access: servedAccess,
    cache: loadCacheSettings(givenEnvironment()),
    document,
    variables,
    ...(operationName === undefined ? {} : { operationName }),
    ...subject,
    now: Date.now(),
  })
  process.stdout.write(formatExplanation(explanation))
} catch (error) {
  console.error(error instanceof ExplainError ? error.message : error instanceof GatewayError ? `${error.code}: ${error.message}` : error)
  process.exitCode = 1
}
