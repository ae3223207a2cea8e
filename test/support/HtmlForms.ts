// Follows a page's form as a browser would, without one.
//
// Answers for: the one form of a page: where it leads, its fields, sending it. Redirects are not followed.
import { assert } from "@effect/vitest"

const unescaped = (text: string) => text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))

export interface HtmlForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** `base`: the page's own address. */
export const formOf = (html: string, base: string): HtmlForm => {
  const [, action = ""] = /<form method="post" action="([^"]*)"/.exec(html) ?? assert.fail(`no form in ${html}`)
  const inputs = [...html.matchAll(/<input[^>]*? name="([^"]*)" value="([^"]*)"/g)]
  return {
    action: new URL(unescaped(action), base).href,
    fields: Object.fromEntries(inputs.map(([, name = "", value = ""]) => [name, unescaped(value)]))
  }
}

export const sendForm = ({ action, fields }: HtmlForm): Promise<Response> =>
  fetch(action, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" })
