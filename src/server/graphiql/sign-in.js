// Runs in the browser: says whose session the queries run with, then starts GraphiQL. The token lives in this page's memory only.

const environment = document.documentElement.dataset.environment
const form = document.getElementById('sign-in')
const status = document.getElementById('session')

/** The session token that the queries carry. */
let token
let started = false

const firstQuery = `# The accounts of whoever is signed in above.
# Press play, choose somebody else, press again.
query MyAccounts {
  billingAccountsConnection(first: 5) {
    edges {
      node {
        urn
        utilityId
        bills(last: 1) {
          timeInterval
          segments {
            currentAmount {
              value
              currency
            }
          }
        }
      }
    }
  }
}
`

// The editor asks for its workers by name as soon as it loads.
globalThis.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, name) => `/graphiql/${name === 'json' || name === 'graphql' ? name : 'editor'}.worker.js`,
}

if (environment === 'simulator') await offerCustomers()
else offerToken()

/** The demo's customers, to be chosen from; the first one is signed in at once. */
async function offerCustomers() {
  try {
    const { customers } = await askJson('/demo/customers')
    const list = Object.assign(document.createElement('select'), { id: 'login', name: 'login' })
    list.append(...customers.map(({ login, accounts }) => new Option(`${login} (${counted(accounts)})`, login)))
    list.addEventListener('change', () => void signInAs(list.value))
    form.append(label('Signed in as', list), list)
    await signInAs(list.value)
  } catch {
    say('The demo’s sign-in does not answer. Paste a session token instead.', true)
    offerToken()
  }
}

async function signInAs(login) {
  try {
    const answer = await askJson('/demo/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login }),
    })
    token = answer.token
    say(`Every query runs as ${login}.`)
    startGraphiql()
  } catch {
    say(`Signing in as ${login} failed.`, true)
  }
}

/** A field for a token that was made elsewhere. */
function offerToken() {
  const field = Object.assign(document.createElement('input'), { id: 'token', type: 'password', autocomplete: 'off', required: true })
  const button = Object.assign(document.createElement('button'), { textContent: 'Use' })
  form.replaceChildren(label('Session token', field), field, button)
  form.addEventListener('submit', event => {
    event.preventDefault()
    token = field.value.trim().replace(/^bearer\s+/i, '')
    field.value = ''
    say('Every query carries this token.')
    startGraphiql()
  })
}

function startGraphiql() {
  if (started) return
  started = true
  const script = Object.assign(document.createElement('script'), { src: '/graphiql/graphiql.js' })
  script.addEventListener('load', () => {
    globalThis.YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
      title: 'Substation',
      logo: '',
      defaultQuery: firstQuery,
      shouldPersistHeaders: false,
      fetcher: send,
    })
  })
  document.body.append(script)
}

/** GraphiQL's own way to send: the session of the bar, under any header from its header editor. */
async function send({ query, variables, operationName }, { headers } = {}) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ query, variables, operationName }),
  })
  return response.json()
}

async function askJson(path, init) {
  const response = await fetch(path, init)
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}

function say(text, isFault = false) {
  status.textContent = text
  status.classList.toggle('fault', isFault)
}

function label(text, field) {
  return Object.assign(document.createElement('label'), { textContent: text, htmlFor: field.id })
}

function counted(accounts) {
  return accounts === 0 ? 'no account' : accounts === 1 ? '1 account' : `${accounts} accounts`
}
