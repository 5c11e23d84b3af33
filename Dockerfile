# An image with the program only: no shell, no package manager.
#
#	docker build --build-arg REVISION=$(git rev-parse HEAD) -t realtimekit_exporter .

# The version is in the file VERSION; the labels below cannot read it.
ARG VERSION=0.2.0
ARG REVISION=unknown

# Cross-compiles on the builder's platform.
FROM --platform=$BUILDPLATFORM docker.io/library/golang:1.26-trixie AS build
WORKDIR /src
COPY . .
ARG VERSION
ARG REVISION
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    read -r want <VERSION; \
    if [ "$VERSION" != "$want" ]; then echo "VERSION is $want in the file and $VERSION in the Dockerfile or --build-arg" >&2; exit 1; fi; \
    info=github.com/prometheus/common/version; \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
        -ldflags "-s -w -X $info.Version=$VERSION -X $info.Revision=$REVISION" \
        -o /realtimekit_exporter ./cmd/realtimekit_exporter

FROM gcr.io/distroless/static-debian13:nonroot
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="realtimekit_exporter" \
      org.opencontainers.image.description="Prometheus exporter for the analytics of Cloudflare RealtimeKit apps" \
      org.opencontainers.image.source="https://github.com/realtimekit-exporter/realtimekit_exporter" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# The folder of config.yml. Unlike the base image's home, every UID can read it.
WORKDIR /etc/realtimekit_exporter
COPY --chmod=0644 LICENSE /LICENSE
COPY --from=build --chmod=0755 /realtimekit_exporter /usr/bin/realtimekit_exporter
# A number, so that Kubernetes can verify that it is not root.
USER 65532:65532
EXPOSE 11780
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/realtimekit_exporter", "healthcheck"]
ENTRYPOINT ["/usr/bin/realtimekit_exporter"]
