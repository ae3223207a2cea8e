// What tokens look like that nobody keeps to compare: they live for an hour, or for one runner.
//
// Sources: GitHub's tokens, https://github.blog/engineering/behind-githubs-new-authentication-token-formats, and those of its
// Apps, which may hold a JWT; JWTs, RFC 7519; JIT configurations: base64 of JSON whose first key begins with a full stop, as in
// `{".runner":…`, the files that the runner keeps under these names.

/** How each begins. */
export const tokenBeginnings = ["gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "eyJ", "eyIu"]

/** A pattern for any of them. */
export const anyToken = [
  String.raw`gh[oprsu]_[\w.-]{20,}`,
  String.raw`github_pat_\w{20,}`,
  String.raw`eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}`,
  String.raw`eyIu[A-Za-z0-9+/]{200,}={0,2}`
].join("|")

/** Any that may go on after the end of a text. */
export const unendedToken = new RegExp(`(?:${tokenBeginnings.join("|")})[\\w.+/=-]*$`)
