import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { visitors } from '../../simulator/demo/grants.js'
import { subjectOf } from '../../simulator/demo/issuer.js'
import type { RunningServer } from '../../simulator/demo/json-server.js'
import { population } from '../../simulator/population/population.js'
import { createHttpDirectory } from '../../src/accounts/http-directory.js'
import { personalGroups, roles } from '../../src/accounts/grant.js'
import type { TestDirectory } from '../accounts/test-directory.js'
import { json, sessionOf, startTestDirectory } from '../accounts/test-directory.js'

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const openapi = JSON.parse(read('directory.openapi.json').replaceAll('#/components/schemas/', '#/$defs/'))
const schemaOf = (name: string): z.ZodType =>
  z.fromJSONSchema({ $schema: 'https://json-schema.org/draft/2020-12/schema', $ref: `#/$defs/${name}`, $defs: openapi.components.schemas })
const [question, answer] = [schemaOf('Question'), schemaOf('Answer')]

const issuer = 'https://issuer.example'
let demo: RunningServer
let service: TestDirectory | undefined
beforeAll(async () => {
  demo = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer, population })
})
afterAll(async () => {
  await demo.close()
  await service?.close()
})

interface Subject {
  readonly sub: string
  readonly actor?: string
}

const subjects: readonly Subject[] = [
  ...population.customers.map(({ login }) => ({ sub: subjectOf(login) })),
  ...visitors.map(({ login, of, role }) =>
    role === 'agent' ? { sub: subjectOf(of), actor: subjectOf(login) } : { sub: subjectOf(login) },
  ),
  { sub: 'nobody' },
]

async function answerOf(subject: Subject): Promise<unknown> {
  const response = await fetch(`${demo.url}/grants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ issuer, ...subject, utilityCode: 'nved' }),
  })
  return response.json()
}

describe('the contract of the account directory', () => {
  it.each(subjects.map(subject => [JSON.stringify(subject), subject] as const))('is kept by the demo for %s', async (_name, subject) => {
    expect(answer.safeParse(await answerOf(subject)).error).toBeUndefined()
  })

  it('has the question that the gateway really asks, with an actor and without', async () => {
    service = await startTestDirectory(json({}))
    const directory = createHttpDirectory({ url: service.url })
    for (const subject of [
      { issuer, sub: 'alice' },
      { issuer, sub: 'alice', actor: 'agnes' },
    ])
      await directory.grantsOf(sessionOf('alice', { subject })).catch(() => undefined)
    expect(service.questions).toHaveLength(2)
    for (const asked of service.questions) expect(question.safeParse(asked).error).toBeUndefined()
  })

  it('knows the roles and fields of this version', () => {
    const { role, fields } = openapi.components.schemas.Grant.properties
    expect([role.enum, fields.items.enum]).toEqual([roles, personalGroups])
  })

  it('describes an example that the gateway takes', async () => {
    const examples = [...read('directory.md').matchAll(/```json (question|answer)\n([\s\S]*?)```/g)].map(([, name, text]) => [
      name,
      JSON.parse(text ?? ''),
    ])
    const { question: asked, answer: given } = Object.fromEntries(examples)
    expect([question.safeParse(asked).error, answer.safeParse(given).error]).toEqual([undefined, undefined])
    const real = await startTestDirectory(json(given))
    const { grants } = await createHttpDirectory({ url: real.url }).grantsOf(
      sessionOf('x', { subject: { issuer: asked.issuer, sub: asked.sub }, utilityCode: asked.utilityCode }),
    )
    await real.close()
    expect(grants.map(({ role }) => role)).toEqual(['holder', 'third_party'])
  })

  it('refuses what the gateway refuses', () => {
    const [grant] = [{ urn: population.accounts[0]?.urn, role: 'holder' }]
    const good = { issuer, sub: 'a', complete: true, version: 'v', grants: [grant] }
    expect(answer.safeParse(good).success).toBe(true)
    const bad = [
      { ...good, complete: false },
      { ...good, version: '' },
      { ...good, grants: [{ ...grant, urn: '*' }] },
      { ...good, grants: [{ ...grant, role: 'owner' }] },
      { ...good, grants: [{ ...grant, only: 'bills' }] },
    ]
    for (const each of bad) expect(answer.safeParse(each).success).toBe(false)
  })
})
