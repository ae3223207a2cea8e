// GitHub's web address, as opposed to its API's.
//
// Answers for: the origin that stands in the URL a runner registers at. Gotcha: a loopback server plays
// both parts under one origin.

/** `https://github.com` for the API at api.github.com, else the base URL's own origin. No trailing slash. */
export const serverUrl = (baseUrl: string): string => {
  const url = new URL(baseUrl)
  return url.hostname.toLowerCase() === "api.github.com" ? "https://github.com" : url.origin
}
