package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// integer is a key with a whole number from low to high.
func integer(key string, into *int, low, high int) field {
	expected := fmt.Sprintf("a whole number from %d to %d", low, high)
	return scalar(key, into, expected, func(n *yaml.Node) (int, string) {
		v, err := strconv.Atoi(n.Value)
		switch {
		case n.Tag != "!!int" || err != nil:
			return 0, "is not a whole number"
		case v < low || v > high:
			return 0, "is out of range"
		}
		return v, ""
	})
}

// duration is a key with a duration from low to high, in the format of Prometheus.
func duration(key string, into *time.Duration, low, high time.Duration) field {
	expected := fmt.Sprintf("%s to %s, for example 15m or 1d12h", model.Duration(low), model.Duration(high))
	return scalar(key, into, expected, func(n *yaml.Node) (time.Duration, string) {
		if n.Tag != "!!str" && n.Tag != "!!int" {
			return 0, "is not a duration"
		}
		v, err := model.ParseDuration(n.Value)
		switch {
		case strings.HasPrefix(n.Value, "-"):
			return 0, "is negative"
		case err != nil && n.Tag == "!!int":
			return 0, "has no unit"
		case err != nil:
			return 0, "is not a duration"
		case time.Duration(v) < low || time.Duration(v) > high:
			return 0, "is out of range"
		}
		return time.Duration(v), ""
	})
}

func parseText(n *yaml.Node) (string, string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		return "", "is not text"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "", "is a number in YAML unless quoted"
	case n.Tag == "!!bool":
		return "", "is a boolean in YAML unless quoted"
	case n.Tag == "!!timestamp":
		return "", "is a date in YAML unless quoted"
	case n.Tag != "!!str":
		return "", "has a tag (!), which is not supported"
	}
	return n.Value, ""
}

func parseSecretText(n *yaml.Node) (promconfig.Secret, string) {
	v, wrong := parseText(n)
	return promconfig.Secret(v), wrong
}

func parseReport(n *yaml.Node) (string, string) {
	v, wrong := parseText(n)
	if wrong == "" && !slices.Contains(ReportNames(), v) {
		wrong = "is not a report"
	}
	return v, wrong
}

func parsePath(n *yaml.Node) (string, string) {
	v, wrong := parseText(n)
	if wrong == "" && v == "" {
		wrong = "is not a path"
	}
	return v, wrong
}

func parseBool(n *yaml.Node) (bool, string) {
	if n.Tag == "!!bool" {
		if v, err := strconv.ParseBool(n.Value); err == nil {
			return v, ""
		}
	}
	return false, "is not a boolean"
}

func parseIdentifier(n *yaml.Node) (string, string) {
	v, wrong := parseText(n)
	if wrong == "" && !isIdentifier(v) {
		wrong = "is not an identifier"
	}
	return v, wrong
}

// isIdentifier reports whether s is safe in the path of a URL.
func isIdentifier(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

func parseToken(n *yaml.Node) (string, string) {
	v, wrong := parseText(n)
	if wrong != "" {
		return "", wrong
	}
	token, err := validToken(v)
	if err != nil {
		return "", err.Error()
	}
	return token, ""
}

// joiners are ZWNJ and ZWJ, which are part of words in some scripts and of emoji.
const joiners = "\u200c\u200d"

// printable parses text of low to high characters that are printable or joiners.
func printable(low, high int) func(*yaml.Node) (string, string) {
	return func(n *yaml.Node) (string, string) {
		v, wrong := parseText(n)
		count := utf8.RuneCountInString(v)
		switch {
		case wrong != "":
			return "", wrong
		case count < low:
			return "", "is too short"
		case count > high:
			return "", fmt.Sprintf("is too long (%d)", count)
		case strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune(joiners, r) }):
			return "", "contains an unprintable character"
		}
		return v, ""
	}
}

func parseTLSVersion(n *yaml.Node) (promconfig.TLSVersion, string) {
	v, wrong := parseText(n)
	if wrong != "" || v == "" {
		return 0, wrong
	}
	version, ok := promconfig.TLSVersions[v]
	if !ok {
		return 0, "is not a TLS version"
	}
	return version, ""
}
