package main

import (
	"fmt"
	"path"
	"strings"

	sdk "github.com/LuminarysAI/sdk-go"
)

// Moves a file or directory: the host renames nothing, so it is copied, and then deleted.
func move(source, dest string) error {
	source, dest = path.Clean(source), path.Clean(dest)
	if err := apart(source, dest); err != nil {
		return err
	}
	from, found, err := lookUp(source)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("not found: %s", source)
	}
	to, found, err := lookUp(dest)
	if err != nil {
		return err
	}
	if found && (from.IsDir || to.IsDir) {
		return fmt.Errorf("%s exists already", dest)
	}
	if from.IsDir {
		err = copyDirectory(source, dest)
	} else {
		err = sdk.FsCopy(source, dest)
	}
	if err != nil {
		return err
	}
	return sdk.FsDelete(source)
}

// apart is an error where deleting one of two paths would delete the other.
func apart(source, dest string) error {
	if source == dest {
		return fmt.Errorf("%s is where it is already", source)
	}
	for _, pair := range [][2]string{{source, dest}, {dest, source}} {
		if strings.HasPrefix(pair[1], strings.TrimSuffix(pair[0], "/")+"/") {
			return fmt.Errorf("%s is inside %s", pair[1], pair[0])
		}
	}
	return nil
}

// Copies all that is in a directory. A link is refused: a copy would be of what it leads to.
func copyDirectory(source, dest string) error {
	entries, err := sdk.FsLs(source, true)
	if err != nil {
		return err
	}
	if err := sdk.FsMkdir(dest); err != nil {
		return err
	}
	for _, entry := range entries {
		from, to := path.Join(source, entry.Name), path.Join(dest, entry.Name)
		switch kind(entry) {
		case "directory":
			err = copyDirectory(from, to)
		case "file":
			err = sdk.FsCopy(from, to)
		default:
			err = fmt.Errorf("%s is a %s, which cannot be copied", from, kind(entry))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
