// Command franz is franz-go as one command, for the integration tests: franz <properties file> <command> <arguments>.
// Further commands may follow, each after a +; words -D<key>=<value> before a command are properties of it alone.
//
// It speaks the lines of the Java program (tests/java/clients): a fact a line on standard output, words separated
// by single spaces; "failed <error>" and exit code 1 at an error. Beside them, of each client at its end:
// "spoke <API> <version> <requests> <bytes of the longest>" for what it sent, "codec <name> <batches>" for what it
// fetched; and "dialled <address>" whenever it connects.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: franz <properties> produce|burst|transact|chain|consume|share|admin <arguments>")
		os.Exit(2)
	}
	if err := runAll(os.Args[1], os.Args[2:]); err != nil {
		tell("failed", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
}

// runAll runs the commands in words, one after the other, up to the first error.
func runAll(file string, words []string) error {
	common, err := readSettings(file)
	if err != nil {
		return err
	}
	for len(words) > 0 {
		command := words
		if end := slices.Index(words, "+"); end >= 0 {
			command, words = words[:end], words[end+1:]
		} else {
			words = nil
		}
		own := common.clone()
		for len(command) > 0 && strings.HasPrefix(command[0], "-D") {
			key, value, _ := strings.Cut(command[0][2:], "=")
			own[key] = value
			command = command[1:]
		}
		if len(command) == 0 {
			return fmt.Errorf("no command")
		}
		if err := run(own, command[0], arguments(command[1:])); err != nil {
			return err
		}
	}
	return nil
}

func run(settings settings, command string, args arguments) error {
	switch command {
	case "produce":
		return produce(settings, args)
	case "burst":
		return burst(settings, args)
	case "transact":
		return transact(settings, args)
	case "chain":
		return chain(settings, args)
	case "consume":
		return consume(settings, args)
	case "share":
		return share(settings, args)
	case "admin":
		return administer(settings, args)
	default:
		return fmt.Errorf("unknown command %s", command)
	}
}

// arguments are the words of a command; those that are missing are empty or 0.
type arguments []string

func (a arguments) word(at int) string {
	if at >= len(a) {
		return ""
	}
	return a[at]
}

func (a arguments) number(at int) int {
	if a.word(at) == "" {
		return 0
	}
	number, err := strconv.Atoi(a[at])
	if err != nil {
		panic(err)
	}
	return number
}

// tell writes a fact.
func tell(words ...any) {
	fmt.Println(words...)
}
