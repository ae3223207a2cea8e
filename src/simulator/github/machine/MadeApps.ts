// GitHub Apps that are made from a manifest while the simulator runs.
//
// Answers for: what a manifest must say, the code that stands for an App until it is exchanged, and the App's credentials. The
// code counts once and for an hour, as documented. Gotchas: what GitHub refuses in a manifest beyond that is unverified. Such
// an App is installed nowhere, and sends no webhooks.
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { Account } from "./Entities.ts"
import { notFound, Refused } from "./Refused.ts"

export interface MadeApp {
  readonly id: number
  readonly name: string
  readonly slug: string
  readonly owner: Account
  readonly url: string
  readonly description: string
  readonly permissions: Readonly<Record<string, string>>
  readonly events: ReadonlyArray<string>
  readonly clientId: string
  readonly clientSecret: string
  /** Null: the manifest names no place for webhooks. */
  readonly webhookSecret: string | null
  /** PKCS#1, as GitHub hands keys out. */
  readonly privateKeyPem: string
  readonly publicKey: KeyObject
  readonly createdAt: number
}

export interface Manifest {
  readonly name: string
  readonly url: string
  readonly redirectUrl: string
  readonly description: string
  readonly hasWebhook: boolean
  readonly permissions: Readonly<Record<string, string>>
  readonly events: ReadonlyArray<string>
}

const lifetimeMillis = 3_600_000

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Falls through.
  }
  throw new Refused(422, "the manifest is no JSON object")
}

/** 422 for one that GitHub could make no App of. */
export const readManifest = (text: string): Manifest => {
  const manifest = parsed(text)
  const hook = manifest["hook_attributes"]
  const hookUrl = hook === undefined ? undefined : textOf((hook as Record<string, unknown>)["url"])
  for (const [name, url] of Object.entries({
    url: textOf(manifest["url"]),
    redirect_url: textOf(manifest["redirect_url"]),
    ...(hookUrl === undefined ? {} : { "hook_attributes.url": hookUrl })
  })) {
    if (!URL.canParse(url)) throw new Refused(422, `${name} must be a URL`)
  }
  const events = (manifest["default_events"] ?? []) as ReadonlyArray<string>
  const permissions = (manifest["default_permissions"] ?? {}) as Readonly<Record<string, string>>
  const needsActions = events.filter((event) => event === "workflow_job" || event === "workflow_run")
  if (needsActions.length > 0 && permissions["actions"] === undefined) {
    throw new Refused(422, `default_events: ${needsActions.join(", ")} cannot be had without the permission actions`)
  }
  return {
    name: textOf(manifest["name"]),
    url: textOf(manifest["url"]),
    redirectUrl: textOf(manifest["redirect_url"]),
    description: textOf(manifest["description"]),
    hasWebhook: hookUrl !== undefined,
    permissions,
    events
  }
}

export class MadeApps {
  readonly #clock: SimulatorClock
  readonly #ids: SimulatorIds
  readonly #codes = new Map<string, { readonly app: MadeApp; readonly expiresAt: number }>()
  readonly #apps = new Map<string, MadeApp>()

  constructor(clock: SimulatorClock, ids: SimulatorIds) {
    this.#clock = clock
    this.#ids = ids
  }

  /** Makes the App; its code. 422 when the name is missing or taken. */
  make(manifest: Manifest, owner: Account): string {
    const slug = manifest.name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
    if (slug === "") throw new Refused(422, "Name can't be blank")
    if ([...this.#apps.values()].some((app) => app.slug === slug)) throw new Refused(422, "Name is already taken")
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" }
    })
    const app: MadeApp = {
      ...manifest,
      slug,
      owner,
      id: this.#ids.next(),
      clientId: `Iv23${this.#ids.secret(16)}`,
      clientSecret: this.#ids.sha(),
      webhookSecret: manifest.hasWebhook ? this.#ids.sha() : null,
      privateKeyPem: privateKey,
      publicKey: createPublicKey(privateKey),
      createdAt: this.#clock.now()
    }
    this.#apps.set(String(app.id), app)
    const code = this.#ids.sha()
    this.#codes.set(code, { app, expiresAt: app.createdAt + lifetimeMillis })
    return code
  }

  /** 404 for a code that is unknown, used or too old. */
  exchange(code: string): MadeApp {
    const known = this.#codes.get(code)
    this.#codes.delete(code)
    if (known === undefined || known.expiresAt <= this.#clock.now()) throw notFound()
    return known.app
  }

  /** All of them, and whether their codes still wait to be exchanged. */
  all(): ReadonlyArray<MadeApp & { readonly waits: boolean }> {
    const waiting = new Set([...this.#codes.values()].map(({ app }) => app))
    return [...this.#apps.values()].map((app) => ({ ...app, waits: waiting.has(app) }))
  }

  /** By its id, as a JWT names it. */
  byId(id: string): MadeApp | undefined {
    return this.#apps.get(id)
  }

  clear(): void {
    this.#codes.clear()
    this.#apps.clear()
  }
}
