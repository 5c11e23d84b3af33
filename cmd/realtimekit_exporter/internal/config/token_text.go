package config

import (
	"errors"
	"regexp"
	"strings"
)

const byteOrderMark = "\ufeff"

// validToken removes white space and a byte order mark around a token, wherever
// the token comes from, and says why the rest cannot be one. Its errors continue
// a sentence that names the source, and never contain the token.
func validToken(text string) (string, error) {
	if isUTF16(text) {
		return "", errors.New("is UTF-16 text instead of UTF-8 or ASCII")
	}
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), byteOrderMark))
	if text == "" {
		return "", errors.New("is empty")
	}
	if err := checkSurroundings(text); err != nil {
		return "", err
	}
	if err := checkCharacters(text); err != nil {
		return "", err
	}
	return text, nil
}

// checkSurroundings finds what people copy together with a token.
func checkSurroundings(text string) error {
	first, last := text[:1], text[len(text)-1:]
	scheme, _, more := strings.Cut(text, " ")
	switch {
	case strings.ContainsAny(first+last, "\"'`"):
		return errors.New("has quotes around it")
	case first == "<" || last == ">":
		return errors.New("has angle brackets around it, like a placeholder")
	case first == "$":
		return errors.New("looks like a variable, which is not expanded (with neither key, the token comes from $" + TokenVariable + ")")
	case more && strings.EqualFold(scheme, "Bearer"):
		return errors.New(`has "Bearer" before it`)
	case isAssignment(text):
		return errors.New("has a name before it, as in NAME=value")
	}
	return nil
}

var assignment = regexp.MustCompile(`^(export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*=[ \t]*[^= \t]`)

// isAssignment reports whether the text is NAME=value. An equals sign at the end
// may belong to the token, as the padding of Base64 does.
func isAssignment(text string) bool {
	return assignment.MatchString(text)
}

// checkCharacters refuses what an HTTP header cannot contain, and spaces.
func checkCharacters(text string) error {
	for _, b := range []byte(text) {
		switch {
		case b >= 0x80:
			return errors.New("contains a character that is not ASCII")
		case b == '\n' || b == '\r':
			return errors.New("contains a line break")
		case b == ' ':
			return errors.New("contains a space")
		case b < ' ' || b == 0x7f:
			return errors.New("contains a control character")
		}
	}
	return nil
}

// isUTF16 reports whether the text begins with the byte order mark of UTF-16, or
// every second byte of it is zero, as in ASCII that was saved as UTF-16 without one.
func isUTF16(text string) bool {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return true
	}
	var zeros [2]int
	for i := range len(text) {
		if text[i] == 0 {
			zeros[i%2]++
		}
	}
	return len(text) > 1 && max(zeros[0], zeros[1]) == len(text)/2 && min(zeros[0], zeros[1]) == 0
}
