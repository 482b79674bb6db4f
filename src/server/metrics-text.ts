/** The metrics of one utility, in Prometheus' text format. */
export interface UtilityMetrics {
  readonly utility: string
  readonly text: string
}

interface Family {
  readonly name: string
  /** The lines that say what it is. */
  readonly head: readonly string[]
  readonly samples: readonly string[]
}

/**
 * One text of those of several utilities, each sample with the label `utility`, and of what belongs to none of them, as it is. Every family
 * is described once.
 */
export function mergeMetrics(common: string, utilities: readonly UtilityMetrics[]): string {
  const labelled = utilities.flatMap(({ utility, text }) =>
    familiesOf(text).map(family => ({ ...family, samples: family.samples.map(sample => withUtility(sample, utility)) })),
  )
  const merged = new Map<string, Family>()
  for (const family of [...familiesOf(common), ...labelled]) {
    const known = merged.get(family.name)
    merged.set(family.name, known === undefined ? family : { ...known, samples: [...known.samples, ...family.samples] })
  }
  return write([...merged.values()])
}

function familiesOf(text: string): readonly Family[] {
  return text.split(/^(?=# HELP )/m).flatMap(block => {
    const lines = block.split('\n').filter(line => line !== '')
    const name = /^# HELP (\S+)/.exec(block)?.[1]
    const head = lines.filter(line => line.startsWith('#'))
    return name === undefined ? [] : [{ name, head, samples: lines.filter(line => !line.startsWith('#')) }]
  })
}

/** After the labels that are there: `name{code="OK",utility="nved"} 1`. A sample's own value holds no brace and no space. */
function withUtility(sample: string, utility: string): string {
  const label = `utility="${utility}"`
  const end = sample.lastIndexOf('}')
  if (end === -1) return sample.replace(' ', `{${label}} `)
  return `${sample.slice(0, end)},${label}${sample.slice(end)}`
}

function write(families: readonly Family[]): string {
  return families.map(({ head, samples }) => `${[...head, ...samples].join('\n')}\n\n`).join('')
}
