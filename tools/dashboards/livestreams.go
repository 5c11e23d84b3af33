package main

const (
	livestreamsUID   = "realtimekit-livestreams"
	livestreamsTitle = "RealtimeKit livestreams"
)

const (
	sessions = "realtimekit_livestream_daily_sessions"
	ingest   = "realtimekit_livestream_daily_ingest_seconds"
	viewer   = "realtimekit_livestream_daily_viewer_seconds"
)

// livestreamsBoard is for the people who stream.
func livestreamsBoard() *boardBuilder {
	b := dailyBoard(livestreamsUID, livestreamsTitle, "Livestreams of RealtimeKit apps per day (UTC)")
	row{90, "Now (report live)", now()}.addCollapsedTo(b)
	daily{
		report: "livestreams", uid: livestreamsUID, event: "livestream",
		measures: []measure{
			{title: "Sessions", metric: sessions, help: "Livestream sessions.", width: 90},
			{title: "Ingest hours", metric: ingest, hours: true, help: "Hours with input.", width: 105},
			{title: "Viewer hours", metric: viewer, hours: true, help: "Hours watched, summed over the viewers.", width: 122},
		},
		ratio: &ratio{
			measure: measure{title: "Average audience", help: "Viewer time / ingest time", width: 132}, of: 2, per: 1,
		},
		rank: 2, colors: []string{"blue", "purple", "green"},
	}.addRows(b)
	return b
}
