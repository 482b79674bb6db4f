// Loads the rules and their tests straight from TypeScript into this process, as often as one likes: compiled once, evaluated anew each
// time, so that no mutant sees what another one left behind. What comes from node_modules is loaded once.
const { existsSync, readFileSync } = require('node:fs')
const Module = require('node:module')
const { join, resolve, dirname, sep } = require('node:path')
const { transformSync } = require('@swc/core')

const compiled = new Map()
/** What the tests are given in place of these. */
const standIns = { '@jest/globals': join(__dirname, 'jest-globals.cjs'), 'fast-check': join(__dirname, 'fast-check.cjs') }
const resolveFilename = Module._resolveFilename

Module._resolveFilename = (request, parent, ...others) => {
  if (parent?.filename.endsWith('.ts') && Object.hasOwn(standIns, request)) return standIns[request]
  const written = request.startsWith('.') && request.endsWith('.js') && resolve(dirname(parent.filename), request.replace(/\.js$/, '.ts'))
  return written && existsSync(written) ? written : resolveFilename(request, parent, ...others)
}

Module._extensions['.ts'] = (module, filename) => {
  if (!compiled.has(filename)) compiled.set(filename, compile(filename))
  module._compile(compiled.get(filename), filename)
}

function compile(filename) {
  const jsc = { target: 'es2022', parser: { syntax: 'typescript' } }
  return transformSync(readFileSync(filename, 'utf8'), { filename, swcrc: false, jsc, module: { type: 'commonjs' } }).code
}

/** From here on whatever is written in TypeScript is evaluated anew. */
exports.forget = () => {
  for (const filename of Object.keys(require.cache)) {
    if (filename.endsWith('.ts') && !filename.includes(`${sep}node_modules${sep}`)) delete require.cache[filename]
  }
  module.children.length = 0
}

exports.load = filename => require(resolve(filename))
