// Package kubernetes tests deploy/kubernetes: kustomize builds it, the result is
// decoded strictly into Kubernetes's own types, and then compared with the repository
// and the exporter.
//
// No cluster runs.
package kubernetes
