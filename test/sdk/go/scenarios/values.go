package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"kanda.example/kanda"
	"kanda.example/kanda-tests/otp"
)

// names is what one scenario has named so far: ids, keys, answers.
type names struct {
	made  map[string]string
	saved map[string]map[string]any
}

func random() string {
	made := make([]byte, 6)
	_, err := rand.Read(made)
	must(err)
	return hex.EncodeToString(made)
}

// save keeps an answer, with what was sent as $with.
func (n names) save(name string, found any, with map[string]any, err error) {
	kept := map[string]any{}
	switch found := found.(type) {
	case map[string]any:
		kept = maps.Clone(found)
	case []any:
		for index, one := range found {
			kept[strconv.Itoa(index)] = one
		}
	}
	if err != nil {
		kept = map[string]any{}
	}
	kept["$with"] = with
	n.saved[name] = kept
}

// fill is the value with every word in it filled in.
func (n names) fill(value any) any {
	switch value := value.(type) {
	case []any:
		filled := make([]any, len(value))
		for index, one := range value {
			filled[index] = n.fill(one)
		}
		return filled
	case map[string]any:
		if word, ok := n.word(value); ok {
			return word
		}
		filled := make(map[string]any, len(value))
		for name, one := range value {
			filled[name] = n.fill(one)
		}
		return filled
	}
	return value
}

func (n names) word(value map[string]any) (any, bool) {
	if name, ok := value["$id"].(string); ok {
		return n.unique("id "+name, name+"-"), true
	}
	if name, ok := value["$key"].(string); ok {
		return n.unique("key "+name, "key-"), true
	}
	if text, ok := value["$text"].(string); ok {
		return strings.Repeat(text, int(value["times"].(float64))), true
	}
	if place, ok := value["$from"].(string); ok {
		return n.from(place), true
	}
	if name, ok := value["$code"].(string); ok {
		factor := otp.Now()
		if counter, ok := value["counter"].(float64); ok {
			factor = int64(counter)
		} else if step, ok := value["step"].(float64); ok {
			factor += int64(step)
		}
		return code(n.secret(name), factor), true
	}
	if name, ok := value["$wrong"].(string); ok {
		nth, _ := value["nth"].(float64)
		return wrongCode(n.secret(name), int(nth)), true
	}
	return nil, false
}

func (n names) unique(what, prefix string) string {
	if _, ok := n.made[what]; !ok {
		n.made[what] = prefix + random()
	}
	return n.made[what]
}

func (n names) from(place string) any {
	parts := strings.Split(place, ".")
	var value any = n.saved[parts[0]]
	for _, part := range parts[1:] {
		switch within := value.(type) {
		case map[string]any:
			value = within[part]
		case []any:
			index, err := strconv.Atoi(part)
			must(err)
			value = within[index]
		}
		if secret, ok := value.(kanda.Secret); ok {
			value = secret.Reveal()
		}
	}
	if value == nil {
		panic("no step before has " + place)
	}
	return value
}

func (n names) secret(name string) string { return n.from(name + ".secret").(string) }

func code(secret string, factor int64) string {
	made, err := otp.Code(secret, factor)
	must(err)
	return made
}

// wrongCode is the nth code that is right neither near now nor for a counter below 100.
func wrongCode(secret string, nth int) string {
	right := map[string]bool{}
	for step := int64(-10); step <= 10; step++ {
		right[code(secret, otp.Now()+step)] = true
	}
	for counter := int64(0); counter < 100; counter++ {
		right[code(secret, counter)] = true
	}
	for number := 0; ; number++ {
		if one := fmt.Sprintf("%06d", number); !right[one] {
			if nth == 0 {
				return one
			}
			nth--
		}
	}
}

// plain is an answer as maps and lists, with the names that the API has; what is absent is not in it. Secrets stay.
func plain(value any) any {
	switch value := value.(type) {
	case nil:
		return nil
	case kanda.Secret:
		return value
	case time.Time:
		return value.Format(time.RFC3339Nano)
	}
	of := reflect.ValueOf(value)
	switch of.Kind() {
	case reflect.Pointer:
		return plain(of.Elem().Interface())
	case reflect.Slice:
		list := make([]any, of.Len())
		for index := range list {
			list[index] = plain(of.Index(index).Interface())
		}
		return list
	case reflect.Struct:
		fields := map[string]any{}
		for index := range of.NumField() {
			name, _, _ := strings.Cut(of.Type().Field(index).Tag.Get("json"), ",")
			field := of.Field(index)
			secret, isSecret := field.Interface().(kanda.Secret)
			isEmpty := (field.Kind() == reflect.Pointer && field.IsNil()) ||
				(field.Kind() == reflect.String && field.Len() == 0) || (isSecret && secret.IsZero())
			if name == "" || isEmpty {
				continue
			}
			fields[name] = plain(field.Interface())
		}
		return fields
	case reflect.String:
		return of.String()
	case reflect.Int, reflect.Int64:
		return float64(of.Int())
	}
	return value
}

// differences is what differs from what a step expects, whose words are filled in.
func differences(expected, found any, place string) []string {
	differs := func(what any) []string {
		return []string{fmt.Sprintf("%s: expected %v, found %v", place, what, found)}
	}
	list, isList := found.([]any)
	switch expected := expected.(type) {
	case nil:
		return nil
	case []any:
		if !isList || len(list) != len(expected) {
			return differs(fmt.Sprintf("%d things", len(expected)))
		}
		var wrong []string
		for index, one := range expected {
			wrong = append(wrong, differences(one, list[index], fmt.Sprintf("%s.%d", place, index))...)
		}
		return wrong
	case map[string]any:
		if kind, ok := expected["$is"]; ok {
			if !isKind(kind.(string), found) {
				return differs(kind)
			}
			return nil
		}
		if count, ok := expected["$count"]; ok {
			if !isList || float64(len(list)) != count {
				return differs(fmt.Sprintf("%v things", count))
			}
			return nil
		}
		if choice, ok := expected["$oneOf"]; ok {
			if !slices.Contains(choice.([]any), found) {
				return differs(choice)
			}
			return nil
		}
		within, ok := found.(map[string]any)
		if !ok {
			return differs("an object")
		}
		var wrong []string
		for name, one := range expected {
			wrong = append(wrong, differences(one, within[name], place+"."+name)...)
		}
		return wrong
	}
	if expected != found {
		return differs(expected)
	}
	return nil
}

func isKind(kind string, found any) bool {
	switch found := found.(type) {
	case nil:
		return kind == "absent"
	case kanda.Secret:
		return kind == "secret"
	case []any:
		// Recovery codes: each is a secret.
		if len(found) > 0 {
			return kind == "secret" && isKind("secret", found[0])
		}
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "integer"
	}
	return false
}
