// Methods about files.
package main

import (
	"fmt"
	"strings"
)

type entry struct {
	Name    string `msgpack:"name"`
	Size    int64  `msgpack:"size"`
	IsDir   bool   `msgpack:"is_dir"`
	Mode    uint32 `msgpack:"mode"`
	ModeStr string `msgpack:"mode_str"`
}

// A line for each item.
func lines[T any](items []T, line func(T) string) string {
	made := make([]string, 0, len(items))
	for _, item := range items {
		made = append(made, line(item))
	}
	return strings.Join(made, "\n")
}

func files(asked *request, given arguments) (any, error) {
	path := fields{"path": given.text("path")}
	switch asked.Method {
	case "read_text":
		var reply struct {
			Content []byte `msgpack:"content"`
		}
		err := ask(fsRead, path, &reply)
		return string(reply.Content), err
	case "measure":
		var reply struct {
			Content []byte `msgpack:"content"`
		}
		err := ask(fsRead, path, &reply)
		return len(reply.Content), err
	case "write_text":
		path["content"] = []byte(given.text("content"))
		return done(ask(fsWrite, path, nil))
	case "make":
		return done(ask(fsMkdir, path, nil))
	case "remove_path":
		return done(ask(fsDelete, path, nil))
	case "set_mode":
		path["mode"], path["recursive"] = given.integer("mode"), false
		return done(ask(fsChmod, path, nil))
	case "copy_file":
		return done(ask(fsCopy, fields{"source": given.text("source"), "dest": given.text("dest")}, nil))
	case "names", "details":
		var reply struct {
			Entries []entry `msgpack:"entries"`
		}
		path["long"] = asked.Method == "details"
		err := ask(fsLs, path, &reply)
		return lines(reply.Entries, func(one entry) string {
			switch {
			case asked.Method == "details":
				return fmt.Sprintf("%s %d %s", one.ModeStr, one.Mode, one.Name)
			case one.IsDir:
				return one.Name + "/"
			}
			return fmt.Sprintf("%s %d", one.Name, one.Size)
		}), err
	case "lines_of":
		var reply struct {
			Lines     []string `msgpack:"lines"`
			Total     int64    `msgpack:"total_lines"`
			Offset    int64    `msgpack:"offset"`
			Truncated bool     `msgpack:"is_truncated"`
		}
		path["offset"], path["limit"] = given.integer("offset"), given.integer("limit")
		err := ask(fsReadLines, path, &reply)
		return fmt.Sprintf("%d %d %t\n%s", reply.Offset, reply.Total, reply.Truncated, strings.Join(reply.Lines, "\n")), err
	case "search":
		return search(given)
	case "find":
		var reply struct {
			Matches []struct {
				Path  string `msgpack:"path"`
				IsDir bool   `msgpack:"is_dir"`
			} `msgpack:"matches"`
		}
		path["patterns"] = []string{given.text("pattern")}
		path["ignore_dirs"] = nil
		err := ask(fsGlob, path, &reply)
		made := []string{}
		for _, one := range reply.Matches {
			if one.IsDir {
				one.Path += "/"
			}
			made = append(made, one.Path)
		}
		return strings.Join(made, "\n"), err
	case "roots":
		var reply struct {
			Dirs []map[string]string `msgpack:"dirs"`
		}
		err := ask(fsAllowedDirs, fields{}, &reply)
		return lines(reply.Dirs, func(dir map[string]string) string { return dir["path"] + " " + dir["mode"] }), err
	case "pack":
		var reply struct {
			Files int64 `msgpack:"files_count"`
		}
		err := ask(archivePack, fields{"source": given.text("source"), "output": given.text("output"), "exclude": ".git"}, &reply)
		return fmt.Sprint(reply.Files), err
	case "unpack":
		var reply struct {
			Files int64 `msgpack:"files_count"`
		}
		err := ask(archiveUnpack, fields{"archive": given.text("archive"), "dest": given.text("dest"), "exclude": ".git", "strip": 0}, &reply)
		return fmt.Sprint(reply.Files), err
	case "contents":
		var reply struct {
			Entries []entry `msgpack:"entries"`
		}
		err := ask(archiveList, fields{"archive": given.text("archive"), "exclude": ".git"}, &reply)
		return lines(reply.Entries, func(one entry) string { return fmt.Sprintf("%s %d", one.Name, one.Size) }), err
	}
	return nil, fmt.Errorf("unknown method: %s", asked.Method)
}

func search(given arguments) (any, error) {
	var reply struct {
		Matches []struct {
			Path    string `msgpack:"path"`
			Matches []struct {
				Line   int64  `msgpack:"line_num"`
				Text   string `msgpack:"line"`
				Ranges []struct {
					Start int64 `msgpack:"start"`
					End   int64 `msgpack:"end"`
				} `msgpack:"ranges"`
			} `msgpack:"matches"`
		} `msgpack:"matches"`
	}
	err := ask(fsGrep, fields{"pattern": given.text("pattern"), "path": given.text("path"), "with_lines": true}, &reply)
	made := []string{}
	for _, file := range reply.Matches {
		for _, one := range file.Matches {
			made = append(made, fmt.Sprintf("%s:%d:%d-%d:%s", file.Path, one.Line, one.Ranges[0].Start, one.Ranges[0].End, one.Text))
		}
	}
	return strings.Join(made, "\n"), err
}
