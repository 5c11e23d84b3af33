# The exporter's program and nothing to run besides: no shell, no package manager.
#
#	docker build --build-arg REVISION=$(git rev-parse HEAD) -t realtimekit_exporter .

# The version is in the file VERSION; the labels below cannot read it.
ARG VERSION=0.2.0
ARG REVISION=unknown

# Built where the builder runs, for where the image will.
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
      org.opencontainers.image.description="Prometheus exporter for the day-wise livestream analytics of Cloudflare RealtimeKit apps" \
      org.opencontainers.image.source="https://github.com/realtimekit-exporter/realtimekit_exporter" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# Here config.yml is looked for. Unlike the base image's home it is open to any uid.
WORKDIR /etc/realtimekit_exporter
COPY --chmod=0644 LICENSE /LICENSE
COPY --from=build --chmod=0755 /realtimekit_exporter /usr/bin/realtimekit_exporter
# By number, so that Kubernetes sees that it is not root.
USER 65532:65532
EXPOSE 11780
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/bin/realtimekit_exporter", "healthcheck"]
ENTRYPOINT ["/usr/bin/realtimekit_exporter"]
