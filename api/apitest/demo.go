package apitest

import "time"

// The account that [Demo] simulates, and its token. Neither exists anywhere else.
const (
	DemoAccountID = "de300000000000000000000000000001"
	DemoToken     = "demo-token"
)

// Demo returns an API with one account: that of [DemoAccountID], [DemoToken]
// and [DemoAppIDs].
func Demo(now func() time.Time) *API {
	a := New(now)
	a.AddToken(DemoToken, DemoAccountID)
	for _, id := range DemoAppIDs() {
		a.AddApp(DemoAccountID, id)
	}
	return a
}

// DemoAppIDs returns the apps of the demo account: a busy one, and others that
// differ in scale and in their weekdays.
func DemoAppIDs() []string {
	return []string{"demo-main-stage", "demo-concerts", "demo-webinars", "demo-town-hall", "demo-late-night"}
}

func demoProfile(appID string) (profile, bool) {
	//                                    Sun Mon Tue Wed Thu Fri Sat
	switch appID {
	case "demo-main-stage":
		return profile{busy: [7]int64{95, 98, 98, 98, 98, 98, 95}, sessions: 36, minutes: 50, opens: 5, closes: 22, audience: 120, weekend: 130}, true
	case "demo-concerts":
		return profile{busy: [7]int64{80, 5, 5, 10, 15, 75, 97}, sessions: 6, minutes: 110, opens: 17, closes: 22, audience: 2400, weekend: 160}, true
	case "demo-webinars":
		return profile{busy: [7]int64{0, 96, 98, 98, 98, 90, 0}, sessions: 14, minutes: 45, opens: 8, closes: 17, audience: 60, weekend: 100}, true
	case "demo-town-hall":
		return profile{busy: [7]int64{0, 0, 0, 0, 90, 0, 0}, sessions: 2, minutes: 70, opens: 15, closes: 17, audience: 900, weekend: 100}, true
	case "demo-late-night":
		return profile{busy: [7]int64{85, 85, 85, 85, 85, 92, 92}, sessions: 9, minutes: 80, opens: 0, closes: 5, audience: 35, weekend: 180}, true
	}
	return profile{}, false
}
