import type { RawRequest, Send } from '../../../src/kubernetes/client.ts'
import { type Stage, until } from './jest.ts'
import { apply, type Manifest, type Rule } from './manifests.ts'

const OPERATOR_NAMESPACE = 'mysql-operator-system'
export const ACCOUNTS = ['operator', 'worker'] as const
export type Account = (typeof ACCOUNTS)[number]

/** One verb on one resource, as people write it: `patch services`, `patch mysqlclusters.example.com/status`. */
export type Right = string

const right = (verb: string, group: string, resource: string): Right => {
  const [plural, subresource] = resource.split('/')
  return `${verb} ${plural}${group ? `.${group}` : ''}${subresource ? `/${subresource}` : ''}`
}

/** A rule as rules for one right each. */
const single = (rule: Rule): readonly { readonly right: Right; readonly rule: Rule }[] =>
  rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.map((verb) => ({
        right: right(verb, group, resource),
        rule: { ...rule, apiGroups: [group], resources: [resource], verbs: [verb] },
      })),
    ),
  )

const isRoleOf = (account: Account, { kind, metadata: { name } }: Manifest): boolean =>
  /^(Cluster)?Role$/.test(kind) &&
  [`mysql-operator:${account}`, `mysql-operator:${account}-nodes`, `${account}-lease`].includes(name)

/** What the manifests let an account do. */
export const rightsOf = (manifests: readonly Manifest[], account: Account): readonly Right[] =>
  manifests
    .filter((manifest) => isRoleOf(account, manifest))
    .flatMap(({ rules = [] }) => rules.flatMap(single).map((one) => one.right))

/** The roles of an account, without one right. */
export const rolesWithout = (manifests: readonly Manifest[], account: Account, lost: Right): readonly Manifest[] =>
  manifests
    .filter((manifest) => isRoleOf(account, manifest))
    .map(({ apiVersion, kind, metadata: { name, namespace }, rules = [] }) => ({
      apiVersion,
      kind,
      metadata: { name, ...(namespace ? { namespace } : {}) },
      rules: rules.flatMap(single).flatMap((one) => (one.right === lost ? [] : [one.rule])),
    }))

const VERBS = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const
const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/v\d+(?:\/namespaces\/[^/]+)?\/(?<plural>[^/]+)(?<name>\/[^/]+)?(?<sub>\/[^/]+)?$/

/** The rights that a request took. An apply of what was not there is a creation, too. */
const takenBy = ({ method, path, query }: RawRequest, status: number): readonly Right[] => {
  const { group = '', plural = '', name, sub = '' } = PATH.exec(path)?.groups ?? {}
  const collection = query?.['watch'] ? 'watch' : 'list'
  const verb = method === 'GET' && !name ? collection : VERBS[method as keyof typeof VERBS]
  const verbs = method === 'PATCH' && status === 201 ? [verb, 'create'] : [verb]
  return verbs.map((one) => right(one, group, `${plural}${sub}`))
}

/** A transport that notes the rights its requests took. */
export const noting =
  (send: Send, taken: Set<Right>): Send =>
  async (request) => {
    const response = await send(request)
    for (const one of takenBy(request, response.status)) taken.add(one)
    return response
  }

/** The transport of a service account, with a token as its pods have it. */
export const sendAs = async (stage: Stage, account: Account): Promise<Send> => {
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/serviceaccounts/${account}/token`
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
  const { body } = await stage.ask('POST', path, request)
  return stage.as((body['status'] as { token: string }).token)
}

/** Applies the accounts and their roles; the definitions are there already, and no pods are made here. */
export const install = async (stage: Stage, manifests: readonly Manifest[]): Promise<void> => {
  const wanted = ['Namespace', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']
  for (const kind of wanted)
    for (const manifest of manifests.filter((one) => one.kind === kind)) await apply(stage, manifest)
}

/** Waits until the API server has heard of a change of roles: it follows them a moment behind. */
export const decided = (stage: Stage, account: Account, asked: Right, namespace: string, allowed: boolean) => {
  const [verb = '', what = ''] = asked.split(' ')
  const [full = '', subresource] = what.split('/')
  const [resource = '', ...group] = full.split('.')
  const lease = resource === 'leases' && verb !== 'create'
  const resourceAttributes = {
    ...{ verb, resource, group: group.join('.'), namespace: resource === 'leases' ? OPERATOR_NAMESPACE : namespace },
    ...(subresource ? { subresource } : {}),
    ...(lease ? { name: 'mysql-operator' } : {}),
  }
  const user = `system:serviceaccount:${OPERATOR_NAMESPACE}:${account}`
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:serviceaccounts', 'system:authenticated'], resourceAttributes },
  }
  return until(`${asked} to be ${allowed ? 'allowed' : 'denied'} to ${account}`, async () => {
    const { body } = await stage.ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
    return (body['status'] as { allowed: boolean }).allowed === allowed
  })
}
