package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/realtimekit-exporter/realtimekit_exporter/api/apitest"
)

// A reflection is a response that repeats the secrets of its request.
type reflection struct {
	name     string
	response http.Handler
}

// reflections are ways in which the API, or a proxy before it, may repeat the secrets
// of a request. In each, %[1]s is the token, %[2]s the other secrets.
func reflections() []reflection {
	body := func(status int, format string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, rest := secretsOf(r)
			apitest.Status(status, nil, fmt.Sprintf(format, token, rest)).ServeHTTP(w, r)
		})
	}
	raw := func(format string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, _ := secretsOf(r)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, format, token)
		})
	}
	return []reflection{
		{"cloudflare-error", body(403, `{"success":false,"errors":[{"code":10000,"message":"Authentication error: %[1]s"}]}`)},
		{"kit-error", body(400, `{"success":false,"error":{"code":400,"message":"token %[1]s cannot see this app"}}`)},
		{"headers-back", body(400, `{"success":false,"errors":[{"code":6003,"message":"Invalid request headers (%[2]s)"}]}`)},
		{"pieces-of-token", pieces(tokenOf)},
		{"pieces-of-password", pieces(passwordOf)},
		{"text", body(401, "Bearer %[1]s is not known here")},
		{"text-of-proxy", body(407, "Proxy authentication failed: %[2]s")},
		{"html", body(502, "<html><body><h1>502</h1><pre>Authorization: Bearer %[1]s</pre></body></html>")},
		{"success-false", body(200, `{"success":false,"errors":[{"code":1,"message":"%[1]s"}],"message":"%[1]s"}`)},
		{"date", body(200, `{"success":true,"data":[{"date":"%[1]s"}]}`)},
		{"number", body(200, `{"success":true,"data":[{"date":"2026-01-01","count":"%[1]s"}]}`)},
		{"keys", body(200, `{"success":true,"data":{"%[1]s":1}}`)},
		{"success", body(200, `{"success":"%[1]s"}`)},
		{"not-json", body(200, `%[1]s`)},
		{"redirect", reflectInHeader(302, "Location", "https://other.example/?token=%s")},
		{"encoding", reflectInHeader(200, "Content-Encoding", "%s")},
		{"not-http", raw("%[1]s %[1]s\r\n\r\n")},
		{"status-line", raw("HTTP/1.1 %[1]s nonsense\r\n\r\n")},
		{"header-line", raw("HTTP/1.1 200 OK\r\n%[1]s\r\n\r\n")},
		{"length", raw("HTTP/1.1 200 OK\r\nContent-Length: %[1]s\r\n\r\n")},
	}
}

// pieces repeats a secret with a blank after every 12 characters.
func pieces(secretOf func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		message := "rejected"
		for piece := range slices.Chunk([]byte(secretOf(r)), 12) {
			message += " " + string(piece)
		}
		apitest.Status(http.StatusBadRequest, nil, `{"success":false,"message":"`+message+`"}`).ServeHTTP(w, r)
	})
}

func tokenOf(r *http.Request) string {
	token, _ := secretsOf(r)
	return token
}

func passwordOf(r *http.Request) string {
	proxied := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	_, password, _ := proxied.BasicAuth()
	return password
}

// reflectInHeader repeats the token in a header.
func reflectInHeader(status int, name, format string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := secretsOf(r)
		apitest.Status(status, http.Header{name: {fmt.Sprintf(format, token)}}, "").ServeHTTP(w, r)
	})
}

func secretsOf(r *http.Request) (token, rest string) {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		strings.NewReplacer("\r\n", ", ", `"`, "").Replace(fmt.Sprint("Proxy-Authorization: ", r.Header.Get("Proxy-Authorization"), ", Authorization: ", r.Header.Get("Authorization")))
}
