// What a test file imports from `@jest/globals`: Jest's own parts, without the sandbox that it builds for each file.
const { jestExpect } = require('@jest/expect')
const circus = require('jest-circus')

module.exports = { ...circus.default, expect: jestExpect }
