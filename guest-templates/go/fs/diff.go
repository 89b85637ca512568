package main

import (
	"fmt"
	"path"
	"strings"
)

const (
	// Unchanged lines shown around a change.
	surrounding = 3
	// What comparing may cost: lines of one side times those of the other. Beyond it all of them count as changed.
	comparisons = 4 << 20
)

func created(file, content string) string {
	_, _, diff := unified(file, "", content)
	return fmt.Sprintf("Created new file: %s\n\n%s", file, diff)
}

func changed(verb, file, before, after string) string {
	added, removed, diff := unified(file, before, after)
	return fmt.Sprintf("%s %s (+%d/-%d lines)\n\n%s", verb, file, added, removed, diff)
}

// step is a line of a comparison: ' ' where both have it, '-' or '+' where one does.
type step struct {
	sign byte
	line string
}

// unified is the difference as a unified diff. Both counts stand in every hunk's header, and an empty side begins at 1.
func unified(file, before, after string) (added, removed int, diff string) {
	steps := compare(split(before), split(after))
	var out strings.Builder
	name := path.Base(file)
	fmt.Fprintf(&out, "--- %s (original)\n+++ %s (modified)", name, name)
	for _, hunk := range hunks(steps) {
		oldStart, newStart := ends(steps[:hunk[0]])
		oldCount, newCount := ends(steps[hunk[0]:hunk[1]])
		fmt.Fprintf(&out, "\n@@ -%d,%d +%d,%d @@", oldStart+1, oldCount, newStart+1, newCount)
		for _, step := range steps[hunk[0]:hunk[1]] {
			line, ended := strings.CutSuffix(step.line, "\n")
			out.WriteString("\n" + string(step.sign) + line)
			if !ended {
				out.WriteString("\n\\ No newline at end of file")
			}
			switch step.sign {
			case '+':
				added++
			case '-':
				removed++
			}
		}
	}
	if added+removed == 0 {
		return 0, 0, "(no changes)"
	}
	return added, removed, out.String()
}

// Lines, each with its end if it has one.
func split(content string) []string {
	lines := strings.SplitAfter(content, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

// How many lines of either side steps cover.
func ends(steps []step) (before, after int) {
	for _, step := range steps {
		if step.sign != '+' {
			before++
		}
		if step.sign != '-' {
			after++
		}
	}
	return before, after
}

// hunks are the ranges of steps to be shown: what changed, with unchanged lines around it.
func hunks(steps []step) (found [][2]int) {
	for at, step := range steps {
		if step.sign == ' ' {
			continue
		}
		start, end := max(at-surrounding, 0), min(at+surrounding+1, len(steps))
		if last := len(found) - 1; last >= 0 && start <= found[last][1] {
			found[last][1] = end
		} else {
			found = append(found, [2]int{start, end})
		}
	}
	return found
}

// compare finds the fewest lines to remove and add.
func compare(before, after []string) []step {
	same := 0
	for same < len(before) && same < len(after) && before[same] == after[same] {
		same++
	}
	steps := marked(nil, ' ', before[:same])
	before, after = before[same:], after[same:]
	tail := 0
	for tail < len(before) && tail < len(after) && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	rest := before[len(before)-tail:]
	steps = append(steps, middle(before[:len(before)-tail], after[:len(after)-tail])...)
	return marked(steps, ' ', rest)
}

func marked(steps []step, sign byte, lines []string) []step {
	for _, line := range lines {
		steps = append(steps, step{sign, line})
	}
	return steps
}

// middle compares by the longest common subsequence.
func middle(before, after []string) (steps []step) {
	if len(before)*len(after) > comparisons {
		return marked(marked(nil, '-', before), '+', after)
	}
	// common[i][j] is how many lines before[i:] and after[j:] have in common.
	common := make([][]int32, len(before)+1)
	for i := range common {
		common[i] = make([]int32, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			if before[i] == after[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(before) && j < len(after) {
		switch {
		case before[i] == after[j]:
			steps = append(steps, step{' ', before[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			steps = append(steps, step{'-', before[i]})
			i++
		default:
			steps = append(steps, step{'+', after[j]})
			j++
		}
	}
	return marked(marked(steps, '-', before[i:]), '+', after[j:])
}
