// A folder of templates of its own for a test, with one template that knows every vendor.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"

export const runnerVersion = "2.338.2"

/** With one download of each kind that there is. */
export const testing = {
  description: "For tests",
  name: "testing",
  base: "ubuntu:24.04",
  cpuCount: 2,
  memoryMB: 1024,
  minFreeDiskMB: 0,
  stages: [
    {
      script: "tools.sh",
      files: ["list.txt"],
      downloads: ["go", "node", "rclone", "gofumpt", "docker", "actions-runner"]
    }
  ],
  downloads: {
    go: { vendor: "go", version: "1.26.3" },
    node: {
      vendor: "sums",
      version: "22.23.3",
      url: "https://nodejs.org/dist/v{version}/node-v{version}-linux-x64.tar.xz",
      sums: "https://nodejs.org/dist/v{version}/SHASUMS256.txt"
    },
    rclone: {
      vendor: "sums",
      version: "1.74.2",
      url: "https://downloads.rclone.org/v{version}/rclone-v{version}-linux-amd64.zip",
      sums: "https://downloads.rclone.org/v{version}/SHA256SUMS"
    },
    gofumpt: {
      vendor: "github",
      version: "0.8.0",
      repository: "mvdan/gofumpt",
      tag: "v{version}",
      asset: "gofumpt_v{version}_linux_amd64",
      sums: "sha256sums.txt"
    },
    docker: {
      vendor: "deb",
      version: "5:20.10.7~3-0~ubuntu-xenial",
      repository: "https://download.docker.com/linux/ubuntu",
      index: "dists/xenial/stable/binary-amd64/Packages",
      package: "docker-ce"
    },
    "actions-runner": {
      vendor: "github",
      version: "runner-version",
      repository: "actions/runner",
      tag: "v{version}",
      asset: "actions-runner-linux-x64-{version}.tar.gz"
    }
  },
  software: [{ name: "go", command: "go version", download: "go" }],
  javascriptActions: true
}

/** The folder, removed with the scope. `template`: what is in `testing/template.json`. */
export const templates = Effect.fnUntraced(function* (template: unknown = testing) {
  const fs = yield* FileSystem.FileSystem
  const root = yield* fs.makeTempDirectoryScoped()
  const write = (name: string, content: string) => fs.writeFileString(`${root}/${name}`, content)
  yield* fs.makeDirectory(`${root}/shared`)
  yield* fs.makeDirectory(`${root}/testing`)
  yield* write("runner-version", `${runnerVersion}\n`)
  yield* write("shared/lib.sh", "root=/\n")
  yield* write("testing/tools.sh", "#!/usr/bin/env bash\necho tools\n")
  yield* write("testing/list.txt", "a list\n")
  yield* write("testing/template.json", JSON.stringify(template))
  return root
})
