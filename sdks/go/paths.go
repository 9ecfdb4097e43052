package kanda

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// path is a pattern such as /api/totp/clients/{} whose {} are replaced with the ids, each percent-encoded to one part.
// It gives InvalidArgument for an id that would lead to another path: an empty one, and . and .., which every URL parser
// resolves, encoded or not.
func path(pattern string, ids ...string) (string, error) {
	for _, id := range ids {
		switch {
		case id == "":
			return "", invalid("An id must not be empty.")
		case id == "." || id == "..":
			return "", invalid("%q cannot be an id: it is a step in a path.", id)
		case !utf8.ValidString(id):
			return "", invalid("An id must be well-formed UTF-8.")
		}
		pattern = strings.Replace(pattern, "{}", url.PathEscape(id), 1)
	}
	return pattern, nil
}
