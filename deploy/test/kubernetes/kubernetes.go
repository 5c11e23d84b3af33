// Package kubernetes proves deploy/kubernetes: kustomize builds it, what comes out
// is read strictly into Kubernetes's own types, and then held against itself, the
// repository and the exporter.
//
// No cluster runs.
package kubernetes
