// compose.yaml, the Kubernetes manifest and the systemd unit: read by their parsers and schemas, their configurations loaded, and
// what one file says of another held to it.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Deployment as DeploymentModel } from "kubernetes-models/apps/v1"
import { Ingress } from "kubernetes-models/networking.k8s.io/v1"
import { PodDisruptionBudget } from "kubernetes-models/policy/v1"
import { ConfigMap, Service, ServiceAccount } from "kubernetes-models/v1"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse, parseAllDocuments } from "yaml"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { configFile, folder, loadText, pem } from "../support/ConfigFiles.ts"
import { last } from "./ImageFiles.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")
const port = Number(last(read("Dockerfile"), "EXPOSE"))
const shutdownSeconds = 25

/** The configuration once somebody has filled in the App's id and made the secrets that it names. */
const loadFilled = (text: string): Promise<RunnerdConfig> => {
  const named = [...text.matchAll(/_file: ([^\s}]+)/g)].map(([, path = ""]) => path)
  const secrets = named.map((path) => [
    path.startsWith("/") ? path : `${folder}/${path}`,
    path.endsWith("app-key") ? pem.pkcs1 : `a-secret-of-its-own-${path.replace(/^.*\//, "")}`
  ])
  const filled = text.replace(/^( *)id:$/m, "$1id: 4242")
  assert.notStrictEqual(filled, text)
  return Effect.runPromise(loadText(filled, Object.fromEntries(secrets)))
}

describe("compose.yaml", () => {
  interface ComposeService {
    readonly image: string
    readonly build?: string
    readonly ports?: ReadonlyArray<string>
    readonly volumes?: ReadonlyArray<string>
    readonly secrets?: ReadonlyArray<string>
    readonly environment?: Readonly<Record<string, string>>
    readonly command?: ReadonlyArray<string>
    readonly [key: string]: unknown
  }
  const compose = parse(read("compose.yaml")) as {
    readonly services: Readonly<Record<string, ComposeService>>
    readonly volumes: Readonly<Record<string, unknown>>
    readonly secrets: Readonly<Record<string, { readonly file: string }>>
  }
  const { runnerd, postgres, prometheus } = compose.services
  const services = Object.values(compose.services)

  it("mounts files that exist, volumes and secrets that it declares, and publishes to this machine only", () => {
    for (const service of services) {
      for (const volume of service.volumes ?? []) {
        const [source = ""] = volume.split(":")
        assert.isTrue(source.startsWith("./") ? existsSync(join(root, source)) : source in compose.volumes, volume)
      }
      for (const secret of service.secrets ?? []) assert.property(compose.secrets, secret)
      for (const published of service.ports ?? []) assert.match(published, /^127\.0\.0\.1:(\d+):\1$/)
      if (service.build === undefined) assert.match(service.image, /:v?\d/, "a version")
    }
    const used = new Set(services.flatMap((service) => service.secrets ?? []))
    assert.deepStrictEqual(Object.keys(compose.secrets).sort(), [...used].sort())
    for (const { file } of Object.values(compose.secrets)) {
      assert.strictEqual(
        spawnSync("git", ["check-ignore", "--quiet", file], { cwd: root }).status,
        0,
        `${file} could be committed`
      )
    }
  })

  it("gives runnerd as little power as the image needs, and time to stop", () => {
    assert.include(runnerd, { read_only: true, build: "." })
    assert.deepStrictEqual(runnerd?.["cap_drop"], ["ALL"])
    assert.deepStrictEqual(runnerd?.["security_opt"], ["no-new-privileges:true"])
    assert.isAbove(Number.parseInt(String(runnerd?.["stop_grace_period"]), 10), shutdownSeconds)
    assert.deepStrictEqual(runnerd?.ports, [`127.0.0.1:${port}:${port}`])
    assert.deepStrictEqual(runnerd?.volumes, [`./deploy/compose/runnerd.yaml:${configFile}:ro`])
  })

  it("starts runnerd with a configuration that is valid, and that names what stands beside it", async () => {
    const text = read("deploy/compose/runnerd.yaml")
    const config = await loadFilled(text)
    assert.include(config.server, { host: undefined, port })
    const address = config.database.backend === "postgres" ? new URL(Redacted.value(config.database.url)) : undefined
    assert.include(address, { hostname: "postgres", username: "runnerd", pathname: "/runnerd" })
    assert.deepInclude(postgres?.environment, { POSTGRES_USER: "runnerd", POSTGRES_DB: "runnerd" })
    const { hostname } = new URL(config.telemetry.traces?.url ?? "")
    assert.property(compose.services, hostname)
    const named = [...text.matchAll(/_file: \/run\/secrets\/([\w-]+)/g)].map(([, name = ""]) => name)
    assert.deepStrictEqual([...named].sort(), [...(runnerd?.secrets ?? [])].sort())
  })

  it("has Prometheus read runnerd's metrics with a viewer's token", async () => {
    interface Scrape {
      readonly metrics_path: string
      readonly authorization: { readonly type: string; readonly credentials_file: string }
      readonly static_configs: ReadonlyArray<{ readonly targets: ReadonlyArray<string> }>
    }
    const { scrape_configs } = parse(read("deploy/compose/prometheus.yaml")) as {
      readonly scrape_configs: ReadonlyArray<Scrape>
    }
    const [scrape] = scrape_configs
    assert.strictEqual(scrape?.metrics_path, "/metrics")
    assert.deepStrictEqual(scrape?.static_configs, [{ targets: [`runnerd:${port}`] }])
    const secret = (scrape?.authorization.credentials_file ?? "").replace("/run/secrets/", "")
    assert.deepStrictEqual(prometheus?.secrets, [secret])
    const config = parse(read("deploy/compose/runnerd.yaml")) as {
      readonly admin: { readonly tokens: ReadonlyArray<unknown> }
    }
    assert.deepStrictEqual(config.admin.tokens, [
      { name: "prometheus", role: "viewer", token_file: `/run/secrets/${secret}` }
    ])
    assert.include(
      prometheus?.volumes?.[0] ?? "",
      prometheus?.command?.[0]?.replace("--config.file=", ":") ?? "no command"
    )
  })
})

describe("the Kubernetes manifest", () => {
  const documents = parseAllDocuments(read("deploy/kubernetes/runnerd.yaml")).map((document) => {
    assert.deepStrictEqual([...document.errors, ...document.warnings], [])
    return document.toJS() as { readonly apiVersion: string; readonly kind: string }
  })
  const models = [ServiceAccount, ConfigMap, DeploymentModel, PodDisruptionBudget, Service, Ingress]
  const find = (kind: string): unknown => documents.find((document) => document.kind === kind)
  const deployment = find("Deployment") as ConstructorParameters<typeof DeploymentModel>[0]

  it("is what Kubernetes' schemas describe", () => {
    assert.deepStrictEqual(
      documents.map(({ kind }) => kind),
      ["ServiceAccount", "ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "Ingress"]
    )
    for (const [index, Model] of models.entries()) {
      const document = documents[index] as never
      assert.doesNotThrow(() => new Model(document).validate(), documents[index]?.kind)
      assert.throws(() => new Model({ ...(document as object), kind: "Other" } as never).validate())
    }
  })

  it("runs the image as little-privileged as it can be, with all that it is given mounted", () => {
    const pod = deployment?.spec?.template.spec
    const [container] = pod?.containers ?? []
    const user = Number(last(read("Dockerfile"), "USER")?.split(":")[0])
    assert.deepInclude(pod?.securityContext, {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      seccompProfile: { type: "RuntimeDefault" }
    })
    assert.deepStrictEqual(container?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] }
    })
    assert.isAbove(pod?.terminationGracePeriodSeconds ?? 0, shutdownSeconds)
    const volumes = pod?.volumes?.map(({ name }) => name)
    assert.deepStrictEqual(
      container?.volumeMounts?.map(({ name }) => name),
      volumes
    )
    assert.deepStrictEqual(
      container?.volumeMounts?.map(({ mountPath }) => mountPath),
      [configFile, `${folder}/secrets`, last(read("Dockerfile"), "VOLUME")]
    )
    assert.deepStrictEqual(
      [container?.livenessProbe, container?.readinessProbe, container?.startupProbe].map((probe) => probe?.httpGet),
      ["/healthz", "/readyz", "/healthz"].map((path) => ({ path, port: "http" }))
    )
    assert.deepStrictEqual(container?.ports, [{ name: "http", containerPort: port }])
  })

  it("finds its pods by the labels that they have, and lets nothing but the webhook in", () => {
    const labels = deployment?.spec?.template.metadata?.labels
    const service = find("Service") as ConstructorParameters<typeof Service>[0]
    const budget = find("PodDisruptionBudget") as ConstructorParameters<typeof PodDisruptionBudget>[0]
    assert.deepStrictEqual(service?.spec?.selector, labels)
    assert.deepStrictEqual(budget?.spec?.selector?.matchLabels, labels)
    assert.deepStrictEqual(deployment?.spec?.selector.matchLabels, labels)
    assert.isBelow(Number(budget?.spec?.minAvailable), deployment?.spec?.replicas ?? 0)
    const ingress = find("Ingress") as ConstructorParameters<typeof Ingress>[0]
    const paths = ingress?.spec?.rules?.flatMap(({ http }) => http?.paths ?? [])
    assert.deepStrictEqual(
      paths?.map(({ path, pathType }) => ({ path, pathType })),
      [{ path: "/webhooks/github", pathType: "Exact" }]
    )
  })

  it("starts runnerd with a configuration that is valid", async () => {
    const text = (find("ConfigMap") as ConstructorParameters<typeof ConfigMap>[0])?.data?.["runnerd.yaml"] ?? ""
    const config = await loadFilled(text)
    assert.strictEqual(config.server.port, port)
    assert.strictEqual(config.database.backend, "postgres")
  })
})

describe("the systemd unit", () => {
  const unit = "deploy/systemd/runnerd.service"
  const available = spawnSync("systemd-analyze", ["--version"]).status === 0

  it("starts the configuration's folder and may write its state only", () => {
    const text = read(unit)
    assert.match(
      text,
      /^ExecStart=\/usr\/bin\/node \/opt\/runnerd\/dist\/main\.js --config \/etc\/runnerd\/runnerd\.yaml$/m
    )
    for (const line of [
      "ProtectSystem=strict",
      "NoNewPrivileges=yes",
      "StateDirectory=runnerd",
      "RestartPreventExitStatus=2"
    ]) {
      assert.include(text.split("\n"), line)
    }
    assert.isAbove(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1]), shutdownSeconds)
  })

  it.skipIf(!available)("is one in which systemd finds no mistake and little exposure", () => {
    const home = mkdtempSync(join(tmpdir(), "runnerd-unit-"))
    // A Node.js is looked for where the unit says, which this machine need not have.
    const analyze = (text: string, ...args: ReadonlyArray<string>) => {
      const file = join(home, "runnerd.service")
      writeFileSync(file, text.replace("/usr/bin/node", process.execPath))
      const { status, stdout, stderr } = spawnSync("systemd-analyze", [...args, file], { encoding: "utf8" })
      return { status, said: `${stdout}${stderr}` }
    }
    try {
      const text = read(unit)
      const verified = analyze(text, "verify", "--man=no")
      assert.deepStrictEqual([verified.status, verified.said], [0, ""])
      assert.include(analyze(text.replace("PrivateTmp=", "PrivateTemp="), "verify", "--man=no").said, "PrivateTemp")
      // Of 100; without the hardening it is 92.
      const exposure = ["security", "--offline=true", "--threshold=20"]
      assert.strictEqual(analyze(text, ...exposure).status, 0)
      assert.notStrictEqual(
        analyze(text.replace("ProtectSystem=strict", "").replace(/^Restrict.*$/gm, ""), ...exposure).status,
        0
      )
    } finally {
      rmSync(home, { recursive: true })
    }
  })
})
