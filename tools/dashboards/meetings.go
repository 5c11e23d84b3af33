package main

const (
	meetingsUID   = "realtimekit-meetings"
	meetingsTitle = "RealtimeKit meetings"
)

// meetingsBoard is for the people who hold and record meetings.
func meetingsBoard() *boardBuilder {
	b := dailyBoard(meetingsUID, meetingsTitle, "Meetings and recordings of RealtimeKit apps per day (UTC)")
	daily{
		report: "meetings", uid: meetingsUID, event: "meeting",
		measures: []measure{
			{title: "Meeting sessions", metric: "realtimekit_meeting_daily_sessions", help: "Meeting sessions.", width: 140},
			{title: "Meeting hours", metric: "realtimekit_meeting_daily_seconds", hours: true, help: "Duration of the meeting sessions.", width: 135},
			{title: "Recordings", metric: "realtimekit_recording_daily_recordings", help: "Recordings.", width: 105},
			{title: "Recording hours", metric: "realtimekit_recording_daily_seconds", hours: true, help: "Duration of the recordings.", width: 132},
		},
		rank: 1, colors: []string{"blue", "green", "orange", "purple"},
	}.addRows(b)
	return b
}
