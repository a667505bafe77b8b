const SECRET_NAME = /token|secret|passw(or)?d|passphrase|credential|api_?key|access_?key|private_?key/i

/**
 * The environment of user code: submit's own, without variables whose name looks like a secret's and without any whose
 * value tells where the cluster's token lies.
 */
export function userEnvironment(environment: NodeJS.ProcessEnv, tokenPaths: readonly (string | undefined)[]): NodeJS.ProcessEnv {
  const hidden = tokenPaths.filter((path): path is string => path !== undefined && path !== '')
  const kept = Object.entries(environment).filter(([name, value]) => !SECRET_NAME.test(name) && !hidden.some((path) => value?.includes(path)))
  return Object.fromEntries(kept)
}
