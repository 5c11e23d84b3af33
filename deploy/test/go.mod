module github.com/realtimekit-exporter/realtimekit_exporter/deploy/test

go 1.26.0

require github.com/realtimekit-exporter/realtimekit_exporter v0.0.0

require golang.org/x/sys v0.49.0

require go.yaml.in/yaml/v3 v3.0.6

replace github.com/realtimekit-exporter/realtimekit_exporter => ../../
