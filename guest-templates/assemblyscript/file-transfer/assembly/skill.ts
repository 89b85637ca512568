/**
 * Files between the nodes of a cluster.
 *
 * @skill:id       ai.luminarys.as.file-transfer
 * @skill:name     "File Transfer"
 * @skill:version  1.0.0
 * @skill:desc     "Copies files between the nodes of a cluster."
 * @skill:sdk      "@luminarys/sdk-as"
 */

import { Context, clusterNodeList, fileTransferRecv, fileTransferSend, fsCopy, fsLs } from "@luminarys/sdk-as";
import { Place } from "./place";

// @skill:method  copy "Copies a file, within this node or between it and another one."
// @skill:param   source required "Absolute path, or node://NODE/PATH for a file of another node" example:/data/report.pdf
// @skill:param   dest required "Absolute path, or node://NODE/PATH on another node" example:node://node-b/inbox/report.pdf
// @skill:result  "What was copied where"
export function copy(_ctx: Context, source: string, dest: string): string {
  const from = resolved(source);
  const to = resolved(dest);
  let how = "local";
  if (from.node.length > 0 && to.node.length > 0) {
    throw new Error("either source or dest must be on this node: copy from one node to here, then from here to the other");
  }
  if (to.node.length > 0) {
    how = "local → " + to.node;
    fileTransferSend(to.node, from.path, to.path);
  } else if (from.node.length > 0) {
    how = from.node + " → local";
    fileTransferRecv(from.node, from.path, to.path);
  } else {
    fsCopy(from.path, to.path);
  }
  return "copied " + source + " → " + dest + " (" + how + ")";
}

// @skill:method  list "Lists a directory of this node."
// @skill:param   path required "Absolute path" example:/data
// @skill:result  "One line an entry: its size in bytes, or `dir`, and its name"
// @skill:hint    read-only
export function list(_ctx: Context, path: string): string {
  const directory = resolved(path);
  if (directory.node.length > 0) throw new Error("only directories of this node are listed");
  const entries = fsLs(directory.path);
  const lines: string[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    const size = entry.is_dir ? "dir" : entry.size.toString();
    lines.push(size.padStart(12) + "  " + entry.name);
  }
  return lines.join("\n");
}

// @skill:method  nodes "Lists the nodes of the cluster."
// @skill:result  "One line a node: its name, `*` if it is this one, and its skills"
// @skill:hint    read-only
export function nodes(_ctx: Context): string {
  const cluster = clusterNodeList();
  const lines: string[] = [];
  for (let index = 0; index < cluster.nodes.length; index++) {
    const node = cluster.nodes[index];
    const mark = node.node_id == cluster.current_node ? "*" : "";
    lines.push(node.node_id + mark + ": " + node.skills.join(", "));
  }
  return lines.join("\n");
}

/** Where a path leads, with the node that the skill runs on left out. */
function resolved(text: string): Place {
  const place = Place.parse(text);
  if (place.node.length > 0 && place.node == clusterNodeList().current_node) place.node = "";
  return place;
}
