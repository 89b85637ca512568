// The methods.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

type arguments map[string]any

func (given arguments) text(name string) string {
	text, _ := given[name].(string)
	return text
}

func (given arguments) integer(name string) int64 {
	switch number := given[name].(type) {
	case int8:
		return int64(number)
	case int16:
		return int64(number)
	case int32:
		return int64(number)
	case int64:
		return number
	case uint8:
		return int64(number)
	case uint16:
		return int64(number)
	case uint32:
		return int64(number)
	case uint64:
		return int64(number)
	case float64:
		return int64(number)
	}
	return 0
}

func (given arguments) float(name string) float64 {
	if number, ok := given[name].(float64); ok {
		return number
	}
	return float64(given.integer(name))
}

func (given arguments) flag(name string) bool {
	flag, _ := given[name].(bool)
	return flag
}

type fields map[string]any

func done(err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return "done", nil
}

// Rubbish of the last calls, so that the garbage collector has something to do.
var rubbish [][]byte

func call(asked *request, answer *response, given arguments) (any, error) {
	switch asked.Method {
	case "echo":
		return given.text("message"), nil
	case "reverse":
		runes := []rune(given.text("message"))
		for left, right := 0, len(runes)-1; left < right; left, right = left+1, right-1 {
			runes[left], runes[right] = runes[right], runes[left]
		}
		return string(runes), nil
	case "ping":
		return "pong", nil
	case "count":
		return len(strings.Fields(given.text("text"))), nil
	case "half":
		return given.float("number") / 2, nil
	case "negate":
		return !given.flag("flag"), nil
	case "fail":
		return nil, errors.New(given.text("text"))
	case "hint":
		answer.LLMContext = given.text("text")
		return "done", nil
	case "remember":
		answer.State = []byte(given.text("text"))
		return "done", nil
	case "recall":
		return string(asked.State), nil
	case "churn":
		for range 8 {
			rubbish = append(rubbish, make([]byte, given.integer("size")))
		}
		if len(rubbish) > 64 {
			rubbish = nil
		}
		return given.text("text"), nil
	case "crash":
		panic("a panic")
	case "sleep":
		asked := time.Duration(given.integer("milliseconds")) * time.Millisecond
		before := time.Now()
		woken := make(chan bool)
		go func() {
			time.Sleep(asked)
			woken <- true
		}()
		<-woken
		return time.Since(before) >= asked, nil
	case "list_files":
		entries, err := os.ReadDir(given.text("path"))
		names := []string{}
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return strings.Join(names, "\n"), err
	case "variable":
		var reply struct {
			Value string `msgpack:"value"`
		}
		err := ask(envGet, fields{"key": given.text("key")}, &reply)
		return reply.Value, err
	case "machine":
		var reply struct {
			OS string `msgpack:"os"`
		}
		err := ask(sysInfo, fields{}, &reply)
		return reply.OS, err
	case "clock":
		var reply struct {
			Unix int64 `msgpack:"unix"`
		}
		err := ask(timeNow, fields{}, &reply)
		return reply.Unix / 100_000_000, err
	case "disk":
		var reply struct {
			Total int64 `msgpack:"total_bytes"`
		}
		err := ask(diskUsage, fields{"path": given.text("path")}, &reply)
		return reply.Total > 0, err
	case "fetch", "submit":
		var reply struct {
			Status uint32 `msgpack:"status"`
			Body   []byte `msgpack:"body"`
		}
		function, asks := httpGet, fields{"url": given.text("url")}
		if asked.Method == "submit" {
			function = httpPost
			asks["body"], asks["content_type"] = []byte(given.text("content")), "text/plain"
		}
		err := ask(function, asks, &reply)
		return fmt.Sprintf("%d %s", reply.Status, reply.Body), err
	case "execute":
		var reply struct {
			Output string `msgpack:"output"`
			Code   int64  `msgpack:"exit_code"`
		}
		err := ask(shellExec, fields{"command": given.text("command"), "workdir": given.text("directory")}, &reply)
		return fmt.Sprintf("%d\n%s", reply.Code, reply.Output), err
	case "talk":
		var reply struct {
			Data []byte `msgpack:"data"`
		}
		data := []byte(given.text("data"))
		err := ask(tcpRequest, fields{"addr": given.text("address"), "data": data, "max_bytes": len(data), "timeout_ms": 2000}, &reply)
		return string(reply.Data), err
	}
	return files(asked, given)
}
