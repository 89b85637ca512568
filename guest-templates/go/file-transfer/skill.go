// Files between the nodes of a cluster. This file has the methods, place.go where a file is.
//
// @skill:id       ai.luminarys.go.file-transfer
// @skill:name     "File Transfer"
// @skill:version  1.0.0
// @skill:desc     "Copies files between the nodes of a cluster."
package main

import (
	"errors"
	"fmt"
	"strings"

	sdk "github.com/LuminarysAI/sdk-go"
)

//go:generate lmsk generate .

// @skill:method  copy "Copies a file, within this node or between it and another one."
// @skill:param   source required "Absolute path, or node://NODE/PATH for a file of another node" example:/data/report.pdf
// @skill:param   dest required "Absolute path, or node://NODE/PATH on another node" example:node://node-b/inbox/report.pdf
// @skill:result  "What was copied where"
func Copy(ctx *sdk.Context, source, dest string) (string, error) {
	from, err := resolved(source)
	if err != nil {
		return "", err
	}
	to, err := resolved(dest)
	if err != nil {
		return "", err
	}
	how := "local"
	switch {
	case from.node == "" && to.node == "":
		err = sdk.FsCopy(from.path, to.path)
	case from.node == "":
		how = "local → " + to.node
		err = sdk.FileTransferSend(to.node, from.path, to.path)
	case to.node == "":
		how = from.node + " → local"
		err = sdk.FileTransferRecv(from.node, from.path, to.path)
	default:
		return "", errBoth
	}
	if err != nil {
		return "", plain(err)
	}
	return fmt.Sprintf("copied %s → %s (%s)", source, dest, how), nil
}

// @skill:method  list "Lists a directory of this node."
// @skill:param   path required "Absolute path" example:/data
// @skill:result  "One line an entry: its size in bytes, or `dir`, and its name"
// @skill:hint    read-only
func List(ctx *sdk.Context, path string) (string, error) {
	directory, err := resolved(path)
	if err != nil {
		return "", err
	}
	if directory.node != "" {
		return "", errElsewhere
	}
	entries, err := sdk.FsLs(directory.path, false)
	if err != nil {
		return "", plain(err)
	}
	lines := make([]string, 0, len(entries))
	for _, entry := range entries {
		size := fmt.Sprint(entry.Size)
		if entry.IsDir {
			size = "dir"
		}
		lines = append(lines, fmt.Sprintf("%12s  %s", size, entry.Name))
	}
	return strings.Join(lines, "\n"), nil
}

// @skill:method  nodes "Lists the nodes of the cluster."
// @skill:result  "One line a node: its name, `*` if it is this one, and its skills"
// @skill:hint    read-only
func Nodes(ctx *sdk.Context) (string, error) {
	cluster, err := sdk.ClusterNodeList()
	if err != nil {
		return "", plain(err)
	}
	lines := make([]string, 0, len(cluster.Nodes))
	for _, node := range cluster.Nodes {
		mark := ""
		if node.NodeID == cluster.CurrentNode {
			mark = "*"
		}
		lines = append(lines, node.NodeID+mark+": "+strings.Join(node.Skills, ", "))
	}
	return strings.Join(lines, "\n"), nil
}

// resolved returns where a path leads, with the node that the skill runs on left out.
func resolved(text string) (place, error) {
	where, err := parsePlace(text)
	if err != nil || where.node == "" {
		return where, err
	}
	cluster, err := sdk.ClusterNodeList()
	if err != nil {
		return place{}, plain(err)
	}
	if where.node == cluster.CurrentNode {
		where.node = ""
	}
	return where, nil
}

// plain returns the host's own words.
func plain(err error) error {
	var failed *sdk.ABIError
	if errors.As(err, &failed) {
		return errors.New(failed.Msg)
	}
	return err
}
