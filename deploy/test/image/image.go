// Package image is the proof of the container image: its tests build the
// Dockerfile, run what comes out the way a container engine would, and look at it.
package image
