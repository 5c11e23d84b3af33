// Package helm tests the chart in deploy/helm without a cluster. Helm lints and renders it
// with each file of its folder ci. The objects are decoded strictly into the types of
// Kubernetes, and checked like those of deploy/kubernetes.
package helm
