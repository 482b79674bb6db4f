import { describe, expect, it } from '@jest/globals'
import { TokenFailure } from '../../src/token/token-failure.js'
import { noticeOf } from '../../src/token/token-notice.js'

const place = (host: string): URL => new URL(`https://${host}/apis/authorization-v1/oauth2/token`)
const refused = new TokenFailure('invalid_client', '401')

describe('what the log says of a token call', () => {
  it('is nothing for one that went as usual', () => {
    expect(noticeOf({ result: 'ok', ms: 1, credentials: 'current' }, place('api.us.opower.com'))).toBeUndefined()
  })

  it.each([
    ['api.us.opower.com', "This is Opower's production: a pair issued for stage is refused here like a wrong one."],
    ['api-stage.us.opower.com', "This is Opower's stage: a pair issued for production is refused here like a wrong one."],
    ['tokens.example', 'Only credentials issued for tokens.example work there.'],
  ])('names the tier of %s when credentials are refused', (host, words) => {
    const notice = noticeOf({ result: 'invalid_client', ms: 1, credentials: 'current', failure: refused }, place(host))
    expect(notice).toEqual({ level: 'warn', message: `no utility token. ${words}`, failure: refused })
  })

  it('tells which pair works after a change', () => {
    const works = noticeOf({ result: 'ok', ms: 1, credentials: 'current', isRotated: true }, place('tokens.example'))
    expect(works).toMatchObject({ level: 'info', message: expect.stringContaining('changed client id and secret work') })
    const older = noticeOf({ result: 'ok', ms: 1, credentials: 'previous' }, place('tokens.example'))
    expect(older).toMatchObject({ level: 'warn', message: expect.stringContaining('of before') })
  })
})
