// Package image is the proof of the container image. Its test builds the
// Dockerfile, runs what comes out the way a container engine would, and looks at
// it. It needs root, and of Debian buildah and iproute2, but neither a container
// engine nor a registry: the base images are made on the spot, under the names
// that the Dockerfile uses, and the modules come from this machine's cache.
package image
