const Sequencer = require('@jest/test-sequencer').default

/** Files that take a minute and more, most of it waiting: begun last, they would keep one core busy while the others are done. */
const longest = ['/leaks/leaks.', '/journeys/dead-source.', '/source-add/walk-through.', '/journeys/five-sources.', '/journeys/windows.']

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => longest.findIndex(name => path.includes(name)) + 1 || Infinity
    return [...super.sort(tests)].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
  }
}
