// Package helm proves the chart in deploy/helm: Helm lints and renders it with each file
// of its folder ci, what comes out is read strictly into Kubernetes's own types, and then
// checked as that of deploy/kubernetes is.
//
// No cluster runs.
package helm
