// `fast-check` for mutants: the same cases for each one, fewer of them, and no search for the smallest that fails.
const fc = require('fast-check')

const most = 50
const assert = (property, { numRuns = most, ...parameters } = {}) =>
  fc.assert(property, { seed: 20_261, endOnFailure: true, ...parameters, numRuns: Math.min(numRuns, most) })

module.exports = { ...fc, assert, default: { ...fc, assert }, __esModule: true }
