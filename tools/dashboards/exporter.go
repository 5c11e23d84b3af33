package main

const (
	exporterUID   = "realtimekit-exporter"
	exporterTitle = "RealtimeKit exporter"
)

// exporterBoard is for the people who run the exporter.
func exporterBoard() *boardBuilder {
	b := board(exporterUID, exporterTitle, "Whether the exporter works, and why data is missing or old", "now-24h").
		WithVariable(jobVariable()).
		WithVariable(instanceVariable()).
		WithVariable(appVariable())
	row{100, "Status", status()}.addTo(b)
	row{110, "Reports", reports()}.addTo(b)
	row{120, "API", requests()}.addTo(b)
	row{130, "Exporter", process()}.addTo(b)
	return b
}
