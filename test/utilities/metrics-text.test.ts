import { describe, expect, it } from '@jest/globals'
import { mergeMetrics } from '../../src/server/metrics-text.js'

const ofOne = `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{source="A \\"b\\" }{",result="ok"} 3

# HELP age_seconds Age; NaN while there is none.
# TYPE age_seconds gauge
age_seconds NaN

`
const ofTwo = `# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{source="A",result="ok"} 1.5e+21

`
const common = `# HELP calls_total Calls.
# TYPE calls_total counter

# HELP up Up.
# TYPE up gauge
up 1

`

describe('the metrics of several utilities', () => {
  it('describe each family once, and name the utility after the labels that were there', () => {
    const merged = mergeMetrics(common, [
      { utility: 'onea', text: ofOne },
      { utility: 'twob', text: ofTwo },
    ])
    expect(merged).toBe(`# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{source="A \\"b\\" }{",result="ok",utility="onea"} 3
calls_total{source="A",result="ok",utility="twob"} 1.5e+21

# HELP up Up.
# TYPE up gauge
up 1

# HELP age_seconds Age; NaN while there is none.
# TYPE age_seconds gauge
age_seconds{utility="onea"} NaN

`)
  })
})
