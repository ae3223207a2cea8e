// runnerd.yaml.example with its blanks filled in: what somebody has who copied it and did what its comments ask.

const blanks = {
  'token: ""': "an-admin-token-of-some-length-0123456789",
  'api_key: ""': "e2b_0123456789abcdef0123456789abcdef01234567",
  'webhook_secret: ""': "a-webhook-secret-of-some-length-0123456789"
}

/** GitHub is asked by a personal access token, which needs no key file. */
export const exampleConfig = (example: string): string => {
  const withoutApp = example.replace(/^ {2}app:\n(?: {4}.*\n)+/m, "  token: ghp_0123456789abcdefghijklmnopqrstuvwxyz\n")
  return Object.entries(blanks).reduce(
    (text, [blank, value]) =>
      text.replace(new RegExp(`^  ${blank}$`, "m"), `  ${blank.slice(0, blank.indexOf(":"))}: ${value}`),
    withoutApp
  )
}
