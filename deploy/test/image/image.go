// Package image tests the container image. Its test builds the
// Dockerfile, runs the result as a container engine does, and checks
// it. It needs root, and of Debian buildah and iproute2, but neither a container
// engine nor a registry: the base images are made on the spot, under the names
// that the Dockerfile uses, and the modules come from this machine's cache.
package image
