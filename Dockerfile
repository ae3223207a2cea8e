# syntax=docker/dockerfile:1
#
# runnerd on a base without shell and package manager, as a user without privileges:
#
#     docker run --rm -p 25500:25500 --read-only \
#       -v "$PWD/runnerd.yaml:/etc/runnerd/runnerd.yaml:ro" -v "$PWD/secrets:/etc/runnerd/secrets:ro" \
#       -v runnerd:/var/lib/runnerd runnerd
#
# - Only /var/lib/runnerd is written: SQLite's database by default, and SQLite's temporary files.
# - It is made for linux/amd64 and linux/arm64 without emulation: what is built is the same for both, and only Node.js is not.
# - Versions come from package-lock.json, Node.js is the one that the tests run on (test/package/Image.test.ts holds both).

ARG NODE_VERSION=24.21.0

FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-slim AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
COPY scripts/bootstrap.mjs scripts/
RUN --mount=type=cache,target=/root/.npm node scripts/bootstrap.mjs install
COPY tsconfig.json tsconfig.build.json CHANGELOG.md LICENSE README.md runnerd.schema.json runnerd.yaml.example ./
COPY scripts scripts
COPY scenarios scenarios
COPY src src
COPY ui ui
RUN --mount=type=cache,target=/root/.npm node scripts/assemble.mjs /app
# The default place of the database, var/ beside the configuration, leads to the folder that may be written.
RUN mkdir -p /image/etc/runnerd /image/var/lib/runnerd && ln -s /var/lib/runnerd /image/etc/runnerd/var

FROM node:${NODE_VERSION}-slim AS node

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /image/etc/runnerd /etc/runnerd
COPY --from=build --chown=65532:65532 /image/var/lib/runnerd /var/lib/runnerd
COPY --from=build /app /app
USER 65532:65532
WORKDIR /var/lib/runnerd
VOLUME /var/lib/runnerd
ENV SQLITE_TMPDIR=/var/lib/runnerd
EXPOSE 25500
# For another server.http_addr, give another --health-cmd.
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 \
  CMD ["/usr/local/bin/node", "-e", "fetch('http://127.0.0.1:25500/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]
CMD ["--config", "/etc/runnerd/runnerd.yaml"]
