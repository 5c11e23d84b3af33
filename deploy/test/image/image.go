// Package image tests the container image. Its test builds the Dockerfile, and runs
// and checks the result as a container engine does. It needs root, and Debian's buildah
// and iproute2, but no container engine or registry: the test builds the base images
// under the names in the Dockerfile, and the modules come from this machine's cache.
package image
